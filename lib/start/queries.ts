import { isNull, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'

/** Those that may have containers. No actor: this is asked by whoever may end the processes anyway. */
export async function listStacksToStop() {
  return await db.select({ id: stacks.id, driver: stacks.driver, settings: stacks.settings }).from(stacks).where(isNull(stacks.deprovisionedAt))
}

export async function countOpenOperations(): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(operations).where(isNull(operations.finishedAt))
  return row?.count ?? 0
}
