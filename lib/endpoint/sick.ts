import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { releases } from '#drizzle/schema/release.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { urlOf } from './queries.ts'
import { readServing } from './serving.ts'

/**
 * Endpoints that should answer and serve their maintenance page, across what the actor may read. One that nothing
 * was deployed for yet, or whose service somebody scaled to zero, does what was asked for.
 */
export async function listSickEndpoints(actor: Actor) {
  allow(actor, 'read', null)
  const readable = readableEnvironments(actor)
  const serving = await readServing()
  const silent = Object.entries(serving).flatMap(([id, { healthy }]) => (healthy === 0 ? [Number(id)] : []))
  if (silent.length === 0) return []
  const rows = await db
    .select({ id: endpoints.id, host: endpoints.host, port: endpoints.port, service: endpoints.service, app: { id: apps.id, handle: apps.handle }, environment: environments.handle, formation: releases.formation })
    .from(endpoints)
    .innerJoin(apps, eq(apps.id, endpoints.appId))
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .innerJoin(releases, eq(releases.id, apps.currentReleaseId))
    .where(and(inArray(endpoints.id, silent), isNull(endpoints.deprovisionedAt), readable === 'all' ? undefined : inArray(environments.id, readable)))
    .orderBy(asc(endpoints.id))
  return rows
    .filter(({ formation, service }) => !Object.hasOwn(formation, service) || formation[service] !== 0)
    .map(({ id, host, port, app, environment }) => ({ id, url: urlOf({ host, port }), app, environment, serving: serving[id]! }))
}
