import type { ContainerName, StepIo } from './driver.ts'

/** A line of Davit's own, among those of containers. */
export async function say(io: Pick<StepIo, 'line'>, text: string, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
  await io.line({ at: new Date(), stream, text, position: 0, source: 'davit' })
}

/** When the grace was not enough. */
export async function sayKilled(io: Pick<StepIo, 'line'>, name: ContainerName, graceSeconds: number): Promise<void> {
  await say(io, `${name} had not stopped ${graceSeconds} s after it was told to, and was killed.`, 'stderr')
}
