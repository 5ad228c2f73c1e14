import type { ContainerName, StepIo } from './driver.ts'

/** For the log, when the grace was not enough. */
export function killedLine(name: ContainerName, graceSeconds: number): Parameters<StepIo['line']>[0] {
  return { at: new Date(), stream: 'stderr', text: `${name} had not stopped ${graceSeconds} s after it was told to, and was killed.`, position: 0, source: 'davit' }
}
