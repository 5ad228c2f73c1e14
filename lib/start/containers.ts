import { databaseTypes } from '../database/types/index.ts'
import type { Driver, StepIo } from '../drivers/driver.ts'
import { openDriver } from '../drivers/index.ts'
import { listStacksToStop, readTypesOfDatabases } from './queries.ts'

/** As long as a rollout gives an old container (stop_seconds); of a database its type says it. */
const appGraceSeconds = 10
const atOnceMax = 8

export interface RunningContainer {
  name: string
  driver: Driver
  graceSeconds: number
}

/** What runs on this machine. Containers of other engines are not ours to end: they outlive Davit as they would a reboot of it. */
export async function listRunningContainers(): Promise<RunningContainer[]> {
  const found: RunningContainer[] = []
  const typeOf = await readTypesOfDatabases()
  const graceOf = new Map(databaseTypes().map(({ name, stop }) => [name, stop.graceSeconds]))
  for (const driver of await listLocalDrivers()) {
    for (const { name, owner, running } of await driver.list()) {
      if (running) found.push({ name, driver, graceSeconds: graceOf.get(typeOf.get(owner) ?? '') ?? appGraceSeconds })
    }
  }
  return found
}

async function listLocalDrivers(): Promise<Driver[]> {
  const stacks = await listStacksToStop()
  return await Promise.all(stacks.filter(({ driver }) => driver === 'local').map(openDriver))
}

/**
 * So that all is on disk, and nothing of Davit is mounted any more. They are attached again by whoever starts their databases.
 * @returns what could not be detached, and why.
 */
export async function detachVolumes(): Promise<string[]> {
  const problems: string[] = []
  for (const { volumes } of await listLocalDrivers()) {
    for (const { name, attached } of (await volumes?.list()) ?? []) {
      if (attached) await volumes!.detach({ name }, outsideOfOperations()).catch((error: Error) => problems.push(error.message))
    }
  }
  return problems
}

/** @returns what could not be stopped, and why. */
export async function stopContainers(containers: RunningContainer[]): Promise<string[]> {
  const problems: string[] = []
  const waiting = [...containers]
  const stopSome = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { name, driver, graceSeconds } = next
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
