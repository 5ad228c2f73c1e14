import { and, asc, desc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, allowOne, may, visibleEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'

const row = {
  id: environments.id,
  handle: environments.handle,
  strategy: environments.strategy,
  createdAt: environments.createdAt,
  deprovisionedAt: environments.deprovisionedAt,
  stackId: stacks.id,
  stackHandle: stacks.handle,
  stackStrategy: stacks.strategy,
  stackDriver: stacks.driver,
}

/** All that exist for the actor; what is in one is counted where they may read it. */
export async function listEnvironments(actor: Actor) {
  allow(actor, 'read', null)
  const counted = (table: typeof apps | typeof databases) => sql<number>`(select count(*)::int from ${table} one where one.environment_id = ${environments.id} and one.deprovisioned_at is null)`
  const visible = visibleEnvironments(actor)
  const rows = await db
    .select({ ...row, apps: counted(apps), databases: counted(databases) })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(and(isNull(environments.deprovisionedAt), visible === 'all' ? undefined : inArray(environments.id, visible)))
    .orderBy(asc(environments.handle))
  return rows.map(({ apps: inApps, databases: inDatabases, ...rest }) => ({ ...rest, holds: may(actor, 'read', rest.id) ? { apps: inApps, databases: inDatabases } : null }))
}

/** Newest first. */
export const goneMax = 100

/** What was deprovisioned, or never came to be: for owners its activity and reports are kept. */
export async function listGoneEnvironments(actor: Actor) {
  allow(actor, 'owner', null)
  const lastEnded = sql`(select max(o.finished_at) from ${operations} o where o.environment_id = ${resources.id})`
  const at = sql<Date>`coalesce(${environments.deprovisionedAt}, ${lastEnded})`.mapWith(environments.deprovisionedAt)
  return await db
    .select({ id: resources.id, handle: sql<string>`coalesce(${environments.handle}, ${resources.handle})`, stackHandle: stacks.handle, made: sql<boolean>`${environments.id} is not null`, at })
    .from(resources)
    .innerJoin(stacks, eq(stacks.id, resources.stackId))
    .leftJoin(environments, eq(environments.id, resources.id))
    .where(and(eq(resources.kind, 'environment'), or(isNotNull(environments.deprovisionedAt), and(isNull(environments.id), sql`${lastEnded} is not null`))))
    .orderBy(desc(at), desc(resources.id))
    .limit(goneMax)
}

export async function findEnvironment(actor: Actor, id: number) {
  allow(actor, 'read', id)
  const [environment] = await db
    .select(row)
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, id))
  if (!environment) return { ...(await findNeverMade(actor, id)), made: false, blocks: await listStandingBlocks(id) }
  return { ...environment, made: true, blocks: await listStandingBlocks(id) }
}

/** One that never came to be, from the end of what was to make it: its activity and reports are kept for owners. */
async function findNeverMade(actor: Actor, id: number) {
  allowOne(actor, 'owner', null)
  const [resource] = await db
    .select({ ...row, id: resources.id, handle: resources.handle, createdAt: resources.createdAt })
    .from(resources)
    .innerJoin(stacks, eq(stacks.id, resources.stackId))
    .leftJoin(environments, eq(environments.id, resources.id))
    .where(and(eq(resources.id, id), eq(resources.kind, 'environment')))
  const [last] = await db.select({ at: operations.finishedAt }).from(operations).where(and(eq(operations.environmentId, id), isNotNull(operations.finishedAt))).orderBy(desc(operations.id)).limit(1)
  if (!resource || !last) throw nothingHere()
  return { ...resource, deprovisionedAt: last.at }
}
