import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerName, HealthCheck, StepIo } from '../driver.ts'
import { gone, refusal, waitUntilHealthy as waitUntilAnswering } from '../health.ts'
import { wordsOfCheck } from './check-output.ts'
import { type Found, lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'
import { lastLines } from './output.ts'

const watchMs = 100
/** What an engine gives for the exit code of a check that took too long. */
const overdue = -1

/** By Davit's own check, and then, where the image has a HEALTHCHECK, by the engine's as well. */
export async function waitUntilHealthy(stack: DockerStack, name: ContainerName, check: HealthCheck, io: StepIo): Promise<void> {
  const since = performance.now()
  const inspect = async () => (await lookUp(stack, name, io))?.state ?? null
  const container = { name, inspect, lastLines: (count: number) => lastLines(stack, name, count, io) }
  await waitUntilAnswering(container, check, io)
  for (;;) {
    io.signal.throwIfAborted()
    const found = await lookUp(stack, name, io)
    if (found === null) throw gone(name)
    if (found.state.running && (found.health === null || found.health.status === 'healthy')) return
    const problem = problemOf(found, check, (performance.now() - since) / 1000)
    if (problem !== null) throw await refusal(container, problem)
    await pause(watchMs)
  }
}

function problemOf(found: Found, check: HealthCheck, seconds: number): string | null {
  if (!found.state.running) return 'ended before it was healthy'
  const by = `by the HEALTHCHECK of its image${lastOf(found.health)}`
  if (found.health?.status === 'unhealthy') return `is unhealthy ${by}`
  return check.kind === 'http' && seconds >= check.limitSeconds ? `was not healthy within ${check.limitSeconds} s ${by}` : null
}

/** What the check itself said last. */
function lastOf(health: Found['health']): string {
  const last = health?.log.at(-1)
  if (last === undefined) return ', which has not ended yet'
  const said = wordsOfCheck(last.Output)
  return last.ExitCode === overdue ? `, which ${said}` : `, which ended with exit code ${last.ExitCode} and ${said}`
}
