import { and, asc, type Column, eq, exists, isNull, type SQL } from 'drizzle-orm'
import { blocks } from '#drizzle/schema/hold.ts'
import { db } from '../db/client.ts'

export interface StandingBlock {
  id: number
  /** What could not put everything back. */
  operationId: number
}

/** What keeps a resource from taking operations; for reads that have asked whether the actor may see it. */
export async function listStandingBlocks(resourceId: number): Promise<StandingBlock[]> {
  return await db
    .select({ id: blocks.id, operationId: blocks.operationId })
    .from(blocks)
    .where(and(eq(blocks.resourceId, resourceId), isNull(blocks.liftedAt)))
    .orderBy(asc(blocks.id))
}

/** For lists of resources: whether that one takes no operation. */
export function isBlocked(resourceId: Column): SQL<boolean> {
  return exists(db.select({ id: blocks.id }).from(blocks).where(and(eq(blocks.resourceId, resourceId), isNull(blocks.liftedAt)))) as SQL<boolean>
}
