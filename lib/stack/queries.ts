import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import { databases } from '#drizzle/schema/database.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { registrationOf } from '../drivers/index.ts'
import { nothingHere } from '../refusal.ts'

const row = {
  id: stacks.id,
  handle: stacks.handle,
  driver: stacks.driver,
  strategy: stacks.strategy,
  settings: stacks.settings,
  createdAt: stacks.createdAt,
  deprovisionedAt: stacks.deprovisionedAt,
}

export async function listStacks(actor: Actor) {
  allow(actor, 'owner', null)
  const counted = sql<number>`(select count(*)::int from ${environments} e where e.stack_id = ${stacks.id} and e.deprovisioned_at is null)`
  return await db.select({ ...row, environments: counted }).from(stacks).where(isNull(stacks.deprovisionedAt)).orderBy(asc(stacks.handle))
}

export async function findStack(actor: Actor, id: number) {
  allow(actor, 'owner', null)
  const [stack] = await db.select(row).from(stacks).where(eq(stacks.id, id))
  if (!stack) throw nothingHere()
  return { ...stack, shown: registrationOf(stack.driver).show(stack.settings), blocks: await listStandingBlocks(id) }
}

export async function listEnvironmentsOfStack(actor: Actor, stackId: number) {
  allow(actor, 'owner', null)
  return await db
    .select({ id: environments.id, handle: environments.handle })
    .from(environments)
    .where(and(eq(environments.stackId, stackId), isNull(environments.deprovisionedAt)))
    .orderBy(asc(environments.handle))
}

/** Of each place that has any. */
export async function countDatabasesByPlace(actor: Actor, stackId: number): Promise<Map<string, number>> {
  allow(actor, 'owner', null)
  const counts = await db
    .select({ place: databases.place, count: sql<number>`count(*)::int` })
    .from(databases)
    .innerJoin(environments, eq(environments.id, databases.environmentId))
    .where(and(eq(environments.stackId, stackId), isNull(databases.deprovisionedAt)))
    .groupBy(databases.place)
  return new Map(counts.map(({ place, count }) => [place, count]))
}
