import { request } from 'node:http'
import { config } from '../config.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { controlSocket } from './keep.ts'
import type { RouterStatus, RouterTable } from './table.ts'

const answerSeconds = 30

/**
 * Resolves once the router routes by this table. The same table twice is fine.
 * @throws Refusal `conflict`: the router has a newer table, or a port of an endpoint is taken; the old table
 * stays in force. `invalid`: the table is wrong. `unavailable`: no router answers, and whether the table came
 * into force is not known.
 */
export async function replaceTable(table: RouterTable, dataPath = config.dataPath): Promise<void> {
  await call(dataPath, 'PUT /table', table)
}

/** @throws Refusal `unavailable` when no router answers. */
export async function routerStatus(dataPath = config.dataPath): Promise<RouterStatus> {
  return (await call(dataPath, 'GET /status')) as RouterStatus
}

/**
 * Resolves when nothing is in flight any more to containers that are no longer in the table; what still is
 * after `seconds` is cut, WebSockets too. An aborted signal ends the waiting and cuts nothing. May be repeated.
 * @returns how many requests and WebSockets were cut.
 * @throws Refusal `conflict` when one of them still is in the table; `unavailable` when no router answers
 * (then nothing is in flight through it either); the signal's reason when it aborts.
 */
export async function drained(containerNames: string[], seconds: number, signal?: AbortSignal, dataPath = config.dataPath): Promise<number> {
  const { cut } = (await call(dataPath, 'POST /drain', { containers: containerNames, seconds }, seconds, signal)) as { cut: number }
  return cut
}

function call(dataPath: string, what: string, body?: unknown, extraSeconds = 0, signal?: AbortSignal): Promise<unknown> {
  const [method, path] = what.split(' ') as [string, string]
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const timeout = (answerSeconds + extraSeconds) * 1000
  const unavailable = (why: string) => reject(new Refusal('unavailable', `The router does not answer: ${why}`))
  const req = request({ socketPath: controlSocket(dataPath), method, path, agent: false, signal, timeout }, async (res) => {
    try {
      const answer: unknown = JSON.parse(Buffer.concat(await res.toArray()).toString('utf8'))
      if (res.statusCode === 200) return resolve(answer)
      const { code, message } = answer as { code: RefusalCode; message: string }
      reject(new Refusal(code, message))
    } catch (error) {
      unavailable((error as Error).message)
    }
  })
  req.once('timeout', () => req.destroy(new Error(`nothing for ${timeout / 1000} s`)))
  req.once('error', (error) => (signal?.aborted ? reject(signal.reason) : unavailable(error.message)))
  req.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}
