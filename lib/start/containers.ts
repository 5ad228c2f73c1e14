import type { Driver, StepIo } from '../drivers/driver.ts'
import { openDriver } from '../drivers/index.ts'
import { listStacksToStop } from './queries.ts'

/** As long as a rollout gives an old container (stop_seconds). */
const graceSeconds = 10
const atOnceMax = 8

export interface RunningContainer {
  name: string
  driver: Driver
}

/** What runs on this machine. Containers of other engines are not ours to end: they outlive Davit as they would a reboot of it. */
export async function listRunningContainers(): Promise<RunningContainer[]> {
  const found: RunningContainer[] = []
  for (const stack of await listStacksToStop()) {
    if (stack.driver !== 'local') continue
    const driver = await openDriver(stack)
    for (const { name, running } of await driver.list()) if (running) found.push({ name, driver })
  }
  return found
}

/** @returns what could not be stopped, and why. */
export async function stopContainers(containers: RunningContainer[]): Promise<string[]> {
  const problems: string[] = []
  const waiting = [...containers]
  const stopSome = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { name, driver } = next
      await driver.stop({ name }, graceSeconds, outsideOfOperations()).catch((error: Error) => problems.push(`${name}: ${error.message}`))
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, stopSome))
  return problems
}

/** No operation, no runner, no log: nobody else is left who could act at the same time. */
const outsideOfOperations = (): StepIo => ({
  signal: new AbortController().signal,
  line: async () => {},
  loggedUpTo: async () => 0,
  guard: async () => {},
  progress: () => {},
})
