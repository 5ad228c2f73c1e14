import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { routerStatus } from '../router/client.ts'
import type { RouterStatus } from '../router/table.ts'
import { lastLines, lookUpProcess, recordProcess, startProcess } from './processes.ts'

const startSeconds = 20
const watchSeconds = 2

/**
 * Makes sure the router runs: one that does is adopted. It goes on without us.
 * @throws Refusal `unavailable` with its last words.
 */
export async function startRouter(): Promise<RouterStatus> {
  const running = await lookUpRouter()
  if (running) {
    recordProcess('router', running.pid)
    return running
  }
  // A table of many endpoints and short-lived buffers: young garbage is cheap to collect in small pieces.
  const child = startProcess('router', ['--max-semi-space-size=8', join(import.meta.dirname, '../router/main.ts')])
  child.unref()
  const deadline = performance.now() + startSeconds * 1000
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const status = await lookUpRouter()
    if (status) return status
    await delay(50)
  }
  throw new Refusal('unavailable', `The router does not start:\n${lastLines('router')}`)
}

/** Starts the router again when it is gone; one that merely does not answer is left alone, for it may carry requests. */
export async function watchRouter(stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await delay(watchSeconds * 1000, undefined, { signal: stopped }).catch(() => {})
    if (stopped.aborted || lookUpProcess('router') || (await lookUpRouter())) continue
    console.error('The router is gone and is started again.')
    await startRouter().catch((error: Error) => console.error(error.message))
  }
}

export async function lookUpRouter(): Promise<RouterStatus | null> {
  return await routerStatus(config.dataPath).catch((error: unknown) => {
    if (error instanceof Refusal) return null
    throw error
  })
}
