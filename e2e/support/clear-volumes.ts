import type { Driver, StepIo } from '#lib/drivers/driver.ts'

/** For whoever asks a driver something without an operation. */
export const bareIo: StepIo = { signal: new AbortController().signal, line: async () => {}, loggedUpTo: async () => 0, guard: async () => {}, progress: () => {} }

/** Nothing stays mounted of a folder that is to go. */
export async function clearVolumes(driver: Driver): Promise<void> {
  for (const { name } of await driver.list()) await driver.remove({ name })
  for (const { name } of (await driver.volumes?.list()) ?? []) await driver.volumes!.remove({ name }, bareIo)
}
