import { and, eq, inArray, isNull, sql as fragment } from 'drizzle-orm'
import { blocks } from '#drizzle/schema/hold.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'

/** Lifts the blocks of an incomplete rollback that somebody has put right by hand, and lets the queue behind them go on. */
export async function markResolved(actor: Actor, operationId: number, reason: string): Promise<void> {
  const [operation] = await db.select().from(operations).where(eq(operations.id, operationId))
  if (!operation) throw nothingHere()
  allowOne(actor, 'admin', operation.environmentId)
  await db.transaction(async (tx) => {
    const standing = await tx.select().from(blocks).where(and(eq(blocks.operationId, operationId), isNull(blocks.liftedAt)))
    const ids = standing.map((block) => block.resourceId)
    if (ids.length === 0) throw new Refusal('conflict', 'Nothing is blocked by this operation any more.')
    await tx.select({ id: resources.id }).from(resources).where(inArray(resources.id, ids)).orderBy(resources.id).for('update')
    const lifted = await tx
      .update(blocks)
      .set({ liftedAt: new Date(), liftedBy: actor.name, liftedReason: reason })
      .where(and(eq(blocks.operationId, operationId), isNull(blocks.liftedAt)))
      .returning({ id: blocks.id })
    if (lifted.length === 0) throw new Refusal('conflict', 'Somebody else has just lifted this block.')
    await recordEvent(tx, {
      kind: 'block resolved',
      actor,
      resource: { id: operation.resourceId, handle: operation.resourceHandle, kind: operation.resourceKind },
      stackId: operation.stackId,
      environmentId: operation.environmentId,
      appId: operation.appId,
      operationId,
      detail: `operation ${operationId}: ${reason}`,
    })
    await tx.execute(fragment`select grant_next(${`{${ids.join(',')}}`}::bigint[]), pg_notify('davit_ready', ''), pg_notify('davit_operations', ${String(operationId)})`)
  })
}
