import { setTimeout as pause } from 'node:timers/promises'
import { type Check, checkWorld } from './checks.ts'
import type { World } from './world.ts'

/** The sweep lists what nobody owns for ten seconds before it removes it; a dead container's back-off may take longer. */
const tidySeconds = 60

/** The state of the world when nothing is wrong with it any more, or at the limit. */
export async function untilTidy(world: World): Promise<Check[]> {
  const deadline = performance.now() + tidySeconds * 1000
  for (;;) {
    const checks = await checkWorld(world)
    if (checks.every(({ problems }) => problems.length === 0) || performance.now() > deadline) return checks
    await pause(250)
  }
}
