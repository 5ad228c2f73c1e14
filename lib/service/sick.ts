import { and, asc, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { isDown, shownState } from '../container/seen.ts'
import { db } from '../db/client.ts'

/** Services with a container that should run and could not be started again, across what the actor may read; of several, the one that is tried first. */
export async function listSickServices(actor: Actor) {
  allow(actor, 'read', null)
  const readable = readableEnvironments(actor)
  return await db
    .selectDistinctOn([apps.id, containers.service], { app: { id: apps.id, handle: apps.handle }, environment: environments.handle, service: containers.service, container: shownState })
    .from(containers)
    .innerJoin(apps, eq(apps.id, containers.ownerId))
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .where(and(isDown, isNotNull(containers.startRefusal), isNull(apps.deprovisionedAt), readable === 'all' ? undefined : inArray(environments.id, readable)))
    .orderBy(asc(apps.id), asc(containers.service), asc(containers.nextStartAt))
}
