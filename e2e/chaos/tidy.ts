import { setTimeout as pause } from 'node:timers/promises'
import type { Check } from './checks.ts'

/** The sweep lists what nobody owns for ten seconds before it removes it; a dead container's back-off may take longer. */
const tidySeconds = 60

/** What was found when nothing is wrong any more, or at the limit. */
export async function untilTidy(look: () => Promise<Check[]>): Promise<Check[]> {
  const deadline = performance.now() + tidySeconds * 1000
  for (;;) {
    const checks = await look()
    if (checks.every(({ problems }) => problems.length === 0) || performance.now() > deadline) return checks
    await pause(250)
  }
}
