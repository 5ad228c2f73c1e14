import { readHome as readActivity } from '#lib/activity/queries.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { listSickDatabases } from '#lib/database/sick.ts'
import { listSickEndpoints } from '#lib/endpoint/sick.ts'
import { countRunners } from '#lib/runner/queries.ts'
import { listSickServices } from '#lib/service/sick.ts'

/** What is going on, what does not serve, and whether anybody is there to carry it out. */
export async function readHome(actor: Actor) {
  const [home, sickEndpoints, sickDatabases, sickServices, runners] = await Promise.all([readActivity(actor), listSickEndpoints(actor), listSickDatabases(actor), listSickServices(actor), countRunners()])
  return { ...home, sickEndpoints, sickDatabases, sickServices, runnerless: runners === 0 }
}

export type HomeView = Awaited<ReturnType<typeof readHome>>
