import { readHome as readActivity } from '#lib/activity/queries.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { countRunners } from '#lib/runner/queries.ts'

/** What is going on, and whether anybody is there to carry it out. */
export async function readHome(actor: Actor) {
  const home = await readActivity(actor)
  return { ...home, runnerless: (await countRunners()) === 0 }
}

export type HomeView = Awaited<ReturnType<typeof readHome>>
