import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { runners } from '#drizzle/schema/runner.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'

/** Those that may have containers. No actor: this is asked by whoever may end the processes anyway. */
export async function listStacksToStop() {
  return await db.select({ id: stacks.id, driver: stacks.driver, settings: stacks.settings }).from(stacks).where(isNull(stacks.deprovisionedAt))
}

/** By their ids; also of those that were deprovisioned, whose containers may be there still. */
export async function readTypesOfDatabases(): Promise<Map<number, string>> {
  const rows = await db.select({ id: databases.id, type: databases.type }).from(databases)
  return new Map(rows.map(({ id, type }) => [id, type]))
}

export async function countOpenOperations(): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(operations).where(isNull(operations.finishedAt))
  return row?.count ?? 0
}

/** Clocks of two machines run alike, and begin apart. */
const slackSeconds = 5

/** Of the runner in that process; not of one that had its name and its pid before. */
export async function isLeaseOver({ pid, name, ageSeconds }: { pid: number; name: string; ageSeconds: number }): Promise<boolean> {
  const [row] = await db
    .select({ over: sql<boolean>`${runners.leaseExpiresAt} < clock_timestamp()` })
    .from(runners)
    .where(and(eq(runners.pid, pid), eq(runners.name, name), gt(runners.startedAt, sql`clock_timestamp() - make_interval(secs => ${ageSeconds + slackSeconds})`)))
    .orderBy(desc(runners.startedAt))
    .limit(1)
  return row?.over ?? false
}
