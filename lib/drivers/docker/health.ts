import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'
import type { ContainerName, HealthCheck, StepIo } from '../driver.ts'
import { waitUntilHealthy as waitUntilAnswering } from '../health.ts'
import { lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'
import { lastLines } from './output.ts'

const watchMs = 100

/** By Davit's own check, and then, where the image has a HEALTHCHECK, by the engine's as well. */
export async function waitUntilHealthy(stack: DockerStack, name: ContainerName, check: HealthCheck, io: StepIo): Promise<void> {
  const since = performance.now()
  const inspect = async () => (await lookUp(stack, name, io))?.state ?? null
  const said = async (count: number) => {
    const found = await lookUp(stack, name, io)
    return found === null ? [] : await lastLines(stack, found.id, count, io)
  }
  await waitUntilAnswering({ name, inspect, lastLines: said }, check, io)
  for (;;) {
    io.signal.throwIfAborted()
    const found = await lookUp(stack, name, io)
    if (found?.state.running && (found.health === null || found.health === 'healthy')) return
    const problem = problemOf(found, check, (performance.now() - since) / 1000)
    if (problem !== null) throw new Refusal('conflict', `${name} ${problem}. Its last lines:\n${(await said(20)).join('\n')}`)
    await pause(watchMs)
  }
}

function problemOf(found: Awaited<ReturnType<typeof lookUp>>, check: HealthCheck, seconds: number): string | null {
  if (!found?.state.running) return 'ended before it was healthy'
  if (found.health === 'unhealthy') return "is unhealthy by the HEALTHCHECK of its image"
  return check.kind === 'http' && seconds >= check.limitSeconds ? `was not healthy within ${check.limitSeconds} s by the HEALTHCHECK of its image` : null
}
