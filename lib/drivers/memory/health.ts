import { Refusal } from '../../refusal.ts'
import type { ContainerRef, HealthCheck, StepIo } from '../driver.ts'
import { gone } from '../health.ts'
import type { MemoryContainer } from './container.ts'
import type { MemoryWorld } from './world.ts'

/** The limit counts as passed as soon as the container is up and does not answer as it should. */
export async function waitUntilHealthy(world: MemoryWorld, { name }: ContainerRef, check: HealthCheck, io: StepIo): Promise<void> {
  for (;;) {
    io.signal.throwIfAborted()
    const container = world.containers.get(name)
    if (container === undefined) throw gone(name)
    if (!container.running) throw refusal(container, name, `ended with exit code ${container.exitCode} before it was healthy`)
    if (container.isUp) {
      const problem = check.kind === 'uptime' ? null : problemOf(container, check.path, check.strict)
      if (problem === null) return
      throw refusal(container, name, problem)
    }
    await world.nextChange(io.signal)
  }
}

function problemOf({ port, answer }: MemoryContainer, path: string, strict: boolean): string | null {
  if (port === null) return 'has no PORT to listen on'
  if (answer === null) return `was not healthy in time: nothing listens on PORT ${port}`
  const code = answer(path)
  return strict && code !== 200 ? `was not healthy in time: GET ${path} answers ${code}, and a strict check wants 200` : null
}

function refusal(container: MemoryContainer, name: string, reason: string): Refusal {
  const lines = container.lastLines(20)
  return new Refusal('conflict', `${name} ${reason}. ${lines.length === 0 ? 'It wrote nothing.' : `Its last lines:\n${lines.join('\n')}`}`)
}
