import { and, inArray, isNull } from 'drizzle-orm'
import { blocks } from '#drizzle/schema/hold.ts'
import type { Transaction } from '../db/client.ts'
import type { Hands } from '../runner/define.ts'

/** What is deprovisioned needs nobody to put it right; what waits behind its block is told that it is gone. */
export async function liftBlocks(tx: Transaction, { operation }: Pick<Hands, 'operation'>, resourceIds: number[]): Promise<void> {
  await tx
    .update(blocks)
    .set({ liftedAt: new Date(), liftedBy: 'Davit', liftedReason: `operation ${operation.id} deprovisioned it` })
    .where(and(inArray(blocks.resourceId, resourceIds), isNull(blocks.liftedAt)))
}
