import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { isDown, shownState } from '../container/seen.ts'
import { db } from '../db/client.ts'

/** Databases whose container should run and does not, across what the actor may read; but for those that an operation is about. */
export async function listSickDatabases(actor: Actor) {
  allow(actor, 'read', null)
  const readable = readableEnvironments(actor)
  const busy = sql`exists (select from ${operations} o where o.resource_id = ${databases.id} and o.finished_at is null and o.status <> 'queued')`
  return await db
    .select({ id: databases.id, handle: databases.handle, environment: environments.handle, container: shownState })
    .from(databases)
    .innerJoin(environments, eq(environments.id, databases.environmentId))
    .innerJoin(containers, and(eq(containers.ownerId, databases.id), isDown))
    .where(and(isNull(databases.deprovisionedAt), sql`not ${busy}`, readable === 'all' ? undefined : inArray(environments.id, readable)))
    .orderBy(asc(databases.id))
}
