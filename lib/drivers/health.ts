import { get } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import type { ContainerState, HealthCheck, StepIo } from './driver.ts'

const probeTimeoutMs = 5000
const watchMs = 50
export const linesShown = 20

/** What the wait needs to know of a container, whatever the engine. */
export interface Watched {
  name: string
  inspect(): Promise<ContainerState | null>
  lastLines(count: number): Promise<string[]>
}

/** Ends in health, in a Refusal with the reason and the last lines, or in the signal's reason. */
export async function waitUntilHealthy(container: Watched, check: HealthCheck, io: StepIo): Promise<void> {
  const since = performance.now()
  for (;;) {
    io.signal.throwIfAborted()
    const state = await container.inspect()
    if (state === null) throw gone(container.name)
    if (!state.running) throw await refusal(container, endOf(state))
    const problem = check.kind === 'uptime' ? await uptimeLeft(state, check.uptimeSeconds) : await probe(state, check, io.signal)
    if (problem === null) return
    io.signal.throwIfAborted()
    if (check.kind === 'http' && performance.now() - since >= check.limitSeconds * 1000) {
      throw await refusal(container, `was not healthy within ${check.limitSeconds} s: ${problem}`)
    }
    await watch(container, check.kind === 'http' ? check.intervalMs : watchMs, io.signal)
  }
}

/** Waits between two probes, but not past the container's end. */
async function watch(container: Watched, waitMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + waitMs
  for (let left = waitMs; left > 0; left = until - performance.now()) {
    await pause(Math.min(left, watchMs))
    signal.throwIfAborted()
    if (!(await container.inspect())?.running) return
  }
}

export const gone = (name: string) => new Refusal('conflict', `${name} is gone, and what it wrote with it.`)

function endOf(state: ContainerState): string {
  return state.exitCode === null ? 'ended before it was healthy' : `ended with exit code ${state.exitCode} before it was healthy`
}

async function uptimeLeft(state: ContainerState, uptimeSeconds: number): Promise<string | null> {
  return Date.now() - state.startedAt.getTime() >= uptimeSeconds * 1000 ? null : 'it has not been up for long enough'
}

/** Null when it answers as the check wants; else what is wrong, in words. */
function probe({ address }: ContainerState, check: Extract<HealthCheck, { kind: 'http' }>, signal: AbortSignal): Promise<string | null> {
  if (address === null) return Promise.resolve('it has no PORT to listen on')
  const { host, port } = address
  const limit = AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)])
  return new Promise((resolve) => {
    const request = get({ host, port, path: check.path, agent: false, signal: limit, headers: { 'user-agent': 'Davit health check' } })
    request.on('response', (response) => {
      const code = response.statusCode
      // The status is all we want to know; a body may have no end.
      response.on('error', () => {})
      request.destroy()
      resolve(check.strict && code !== 200 ? `GET ${check.path} answers ${code}, and a strict check wants 200` : null)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(`nothing listens on PORT ${port}`)
      else if (limit.aborted) resolve(`GET ${check.path} on PORT ${port} gives no answer within ${probeTimeoutMs / 1000} s`)
      else resolve(`GET ${check.path} on PORT ${port} fails: ${error.code ?? error.message}`)
    })
  })
}

export async function refusal(container: Pick<Watched, 'name' | 'lastLines'>, reason: string): Promise<Refusal> {
  const lines = await container.lastLines(linesShown)
  const said = lines.length === 0 ? 'It wrote nothing.' : `Its last lines:\n${lines.join('\n')}`
  return new Refusal('conflict', `${container.name} ${reason}. ${said}`)
}
