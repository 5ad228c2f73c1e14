import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, may, visibleEnvironments } from '../auth/allow.ts'
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
}

/** All that exist for the actor; what is in one is counted where they may read it. */
export async function listEnvironments(actor: Actor) {
  allow(actor, 'read', null)
  const counted = sql<number>`(select count(*)::int from ${apps} a where a.environment_id = ${environments.id} and a.deprovisioned_at is null)`
  const visible = visibleEnvironments(actor)
  const rows = await db
    .select({ ...row, apps: counted })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(and(isNull(environments.deprovisionedAt), visible === 'all' ? undefined : inArray(environments.id, visible)))
    .orderBy(asc(environments.handle))
  return rows.map(({ apps: count, ...rest }) => ({ ...rest, apps: may(actor, 'read', rest.id) ? count : null }))
}

export async function findEnvironment(actor: Actor, id: number) {
  allow(actor, 'read', id)
  const [environment] = await db
    .select(row)
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, id))
  if (!environment) throw nothingHere()
  return { ...environment, blocks: await listStandingBlocks(id) }
}
