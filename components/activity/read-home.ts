import { readHome as readActivity } from '#lib/activity/queries.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listSickDatabases } from '#lib/database/sick.ts'
import { listSickEndpoints } from '#lib/endpoint/sick.ts'
import { countRunners } from '#lib/runner/queries.ts'

/** What is going on, what does not serve, and whether anybody is there to carry it out. */
export async function readHome(actor: Actor) {
  const [home, sickEndpoints, sickDatabases, runners] = await Promise.all([readActivity(actor), listSickEndpoints(actor), listSickDatabases(actor), countRunners()])
  return { ...home, sickEndpoints, sickDatabases, runnerless: runners === 0 }
}

export type HomeView = Awaited<ReturnType<typeof readHome>>
