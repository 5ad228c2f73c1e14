import { and, asc, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import { blocks, holds } from '#drizzle/schema/hold.ts'
import { steps } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { type Definition, type Hands, operation, type Step, wordsOf } from '../runner/define.ts'
import { id } from '../stack/schema.ts'
import { scopeOfOperation } from './scope-of.ts'

const RetryRollback = z.object({ operation: id })

/** Runs the compensations that an incomplete rollback left undone, and lifts its block once all is put back. */
export const retryRollback = operation({
  kind: '*',
  type: 'retry rollback',
  schema: RetryRollback,
  scope: ({ operation: failed }, tx) => scopeOfOperation(failed, tx),
  passesBlocks: true,
  putsBackForAnother: true,
  target: async ({ operation: failed }, tx) => {
    const [row] = await tx.select().from(operations).where(eq(operations.id, failed))
    if (!row) throw nothingHere()
    const standing = await tx.select().from(blocks).where(and(eq(blocks.operationId, failed), isNull(blocks.liftedAt)))
    if (standing.length === 0) throw new Refusal('conflict', 'Nothing is blocked by this operation.')
    const held = await tx.select().from(holds).where(eq(holds.operationId, failed))
    const also = held.filter((hold) => hold.resourceId !== row.resourceId).map((hold) => ({ id: hold.resourceId, mode: hold.mode as 'exclusive' | 'shared' }))
    return { resource: { id: row.resourceId }, also, title: `Retry the rollback of: ${row.title}` }
  },
})
  .step('put back what was left', {
    undoes: null,
    run: async ({ operation: failed }, hands) => {
      const { definition, known, left } = await readLeftover(hands, failed)
      for (const index of left) await putBack(definition.steps[index]!, index, known, failed, hands)
    },
  })
  .step('lift the block', {
    undoes: null,
    run: ({ operation: failed }, hands) =>
      hands.transaction(async (tx) => {
        await tx
          .update(blocks)
          .set({ liftedAt: new Date(), liftedBy: 'Davit', liftedReason: `operation ${hands.operation.id} put everything back` })
          .where(and(eq(blocks.operationId, failed), isNull(blocks.liftedAt)))
      }),
  })

async function readLeftover(hands: Hands, failed: number) {
  return hands.transaction(async (tx) => {
    const [row] = await tx.select().from(operations).where(eq(operations.id, failed))
    const journal = await tx.select().from(steps).where(eq(steps.operationId, failed)).orderBy(asc(steps.startedAt))
    // Only now: the index imports this file, and whoever imports this one first would find the index half made.
    const { findDefinition } = await import('./index.ts')
    const definition: Definition = findDefinition(row!.resourceKind, row!.type)
    const known: Record<string, unknown> = { ...(row!.input as object) }
    for (const one of journal) if (one.direction === 'run' && one.state === 'succeeded') Object.assign(known, one.output)
    const begun = new Set(journal.filter((one) => one.direction === 'run').map((one) => one.index))
    const undone = new Set(journal.filter((one) => one.direction === 'compensate' && one.state === 'succeeded').map((one) => one.index))
    const left = [...begun].filter((index) => !undone.has(index) && definition.steps[index]?.compensate).toSorted((a, b) => b - a)
    return { definition, known, left }
  })
}

/** The compensation acts for the operation it belongs to, under this operation's fence. */
async function putBack(step: Step, index: number, known: Record<string, unknown>, failed: number, hands: Hands) {
  const names = await hands.transaction(async (tx) => {
    const [row] = await tx.select({ names: steps.names }).from(steps).where(and(eq(steps.operationId, failed), eq(steps.index, index))).limit(1)
    return row?.names ?? []
  })
  const words = wordsOf(step.undoes, known)
  if (words !== null) hands.log(`Undoing "${step.name}": ${words}`)
  await step.compensate!(known as never, { ...hands, names, operation: { ...hands.operation, id: failed } })
  if (words !== null) hands.log(`Undone: ${words}`)
}
