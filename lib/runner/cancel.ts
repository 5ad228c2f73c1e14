import { and, eq, sql as fragment } from 'drizzle-orm'
import { logLines } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne, type Needs } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { throughOutages } from './outage.ts'

/**
 * Asks for an operation to be cancelled. Once this resolves it never ends `succeeded`.
 * @throws Refusal `conflict` when it is too late, with the reason.
 */
export async function requestCancel(actor: Actor, operationId: number, scopeOf: (operationId: number) => Needs | Promise<Needs>): Promise<void> {
  const [found] = await db
    .select({ environmentId: operations.environmentId })
    .from(operations)
    .where(eq(operations.id, operationId))
  if (!found) throw nothingHere()
  allowOne(actor, [], found.environmentId)
  allowOne(actor, await scopeOf(operationId), found.environmentId)
  await throughOutages(
    async () => {
      if (!(await requestRunning(db, actor, operationId))) await db.transaction((tx) => settle(tx, actor, operationId))
    },
    () => true,
  )
}

/** One conditional update decides between this request, the end, and the point of no return; its own commit tells the runner. */
async function requestRunning(where: Transaction | typeof db, actor: Actor, operationId: number): Promise<boolean> {
  const requested = await where.execute(fragment`
    with requested as (
      update operations set cancel_requested_at = clock_timestamp(), cancel_requested_by = ${actor.name}
      where id = ${operationId} and status = 'running' and not past_return and cancel_requested_at is null
      returning id
    ) select pg_notify('davit_cancel', id || ' ' || ${actor.name}::text), pg_notify('davit_operations', id::text) from requested`)
  return requested.length > 0
}

async function settle(tx: Transaction, actor: Actor, operationId: number) {
  if (await cancelQueued(tx, actor, operationId)) return
  // It may have begun in between.
  if (await requestRunning(tx, actor, operationId)) return
  await refuseUnlessAsked(tx, operationId)
}

/** One that has not begun is cancelled here and now; its resources are locked first, as everywhere. */
async function cancelQueued(tx: Transaction, actor: Actor, operationId: number): Promise<boolean> {
  const [now] = await tx.select({ status: operations.status }).from(operations).where(eq(operations.id, operationId))
  if (now?.status !== 'queued') return false
  await tx.execute(fragment`
    select r.id from resources r join holds h on h.resource_id = r.id
    where h.operation_id = ${operationId} order by r.id for update of r`)
  const cancelled = await tx
    .update(operations)
    .set({
      status: 'cancelled',
      reason: 'cancelled',
      cancelRequestedAt: fragment`clock_timestamp()`,
      cancelRequestedBy: actor.name,
      finishedAt: fragment`clock_timestamp()`,
    })
    .where(and(eq(operations.id, operationId), eq(operations.status, 'queued')))
    .returning({ id: operations.id })
  if (cancelled.length === 0) return false
  await tx.insert(logLines).values({
    operationId,
    seq: 1,
    at: new Date(),
    source: 'davit',
    stream: 'stdout',
    text: `Cancelled by ${actor.name} before it began. Nothing had been changed.`,
  })
  await tx.execute(fragment`select pg_notify('davit_ready', ''), pg_notify('davit_operations', ${String(operationId)})`)
  return true
}

async function refuseUnlessAsked(tx: Transaction, operationId: number) {
  const [row] = await tx.select().from(operations).where(eq(operations.id, operationId))
  if (row?.cancelRequestedAt && row.status !== 'succeeded') return
  if (row?.status === 'rolling_back') throw new Refusal('conflict', 'It is being rolled back already.')
  if (row?.finishedAt) throw new Refusal('conflict', `Too late: it has ended (${row.status}).`)
  throw new Refusal('conflict', 'Too late: it has passed its point of no return and only moves forward.')
}
