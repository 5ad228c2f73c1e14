import { and, asc, isNull, notInArray, type SQL } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '../db/client.ts'

const shownMax = 20

/** What is under way or waits, in order; for reads that have asked whether the actor may see what it is of. */
export async function listOpenOperations(of: SQL) {
  return await db
    .select({ id: operations.id, title: operations.title, status: operations.status, rollback: operations.rollback })
    .from(operations)
    .where(and(of, isNull(operations.finishedAt), notInArray(operations.status, ['succeeded', 'failed', 'cancelled'])))
    .orderBy(asc(operations.id))
    .limit(shownMax)
}

export type OpenOperation = Awaited<ReturnType<typeof listOpenOperations>>[number]
