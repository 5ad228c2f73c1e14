import { and, desc, eq, gte, inArray, isNotNull, isNull, ne, notInArray, or, sql, type SQL } from 'drizzle-orm'
import { blocks } from '#drizzle/schema/hold.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'

const columns = {
  id: operations.id,
  type: operations.type,
  status: operations.status,
  rollback: operations.rollback,
  title: operations.title,
  note: operations.note,
  actorName: operations.actorName,
  actorEmail: operations.actorEmail,
  source: operations.source,
  resourceKind: operations.resourceKind,
  resourceId: operations.resourceId,
  resourceHandle: operations.resourceHandle,
  environmentId: operations.environmentId,
  environmentHandle: operations.environmentHandle,
  queuedAt: operations.queuedAt,
  startedAt: operations.startedAt,
  finishedAt: operations.finishedAt,
}

/** What belongs to no environment, such as a stack's operations, is for owners. */
function within(actor: Actor, column: SQL): SQL | undefined {
  const readable = readableEnvironments(actor)
  return readable === 'all' ? undefined : inArray(column, readable)
}

type Row = { queuedAt: Date; startedAt: Date | null; finishedAt: Date | null }

function shown<T extends Row>(row: T) {
  const { queuedAt, startedAt, finishedAt, ...rest } = row
  return { ...rest, kind: 'operation' as const, at: queuedAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, finishedAt: finishedAt?.toISOString() ?? null }
}

const homeMax = 30
const recentMs = 24 * 3600 * 1000

/** What runs now, what is blocked or went wrong in the last day, and what is about to happen; what ended well by the schedule is no news. */
export async function readHome(actor: Actor) {
  allow(actor, 'read', null)
  // As it was at one moment: what ends meanwhile would stand in two lists, or in none.
  return await db.transaction((tx) => readAll(actor, tx), { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

async function readAll(actor: Actor, tx: Transaction) {
  const list = (condition: SQL | undefined) => tx.select(columns).from(operations).where(and(within(actor, sql`${operations.environmentId}`), condition)).orderBy(desc(operations.id)).limit(homeMax)
  const since = new Date(Date.now() - recentMs)
  const blocking = tx.select({ id: blocks.operationId }).from(blocks).where(isNull(blocks.liftedAt))
  const [running, queued, wrong, ended, standing] = await Promise.all([
    list(and(isNull(operations.finishedAt), inArray(operations.status, ['running', 'rolling_back']))),
    list(and(isNull(operations.finishedAt), eq(operations.status, 'queued'))),
    list(or(and(gte(operations.finishedAt, since), eq(operations.status, 'failed')), inArray(operations.id, blocking))),
    list(and(isNotNull(operations.finishedAt), gte(operations.finishedAt, since), inArray(operations.status, ['succeeded', 'cancelled']), ne(operations.actorKind, 'schedule'), notInArray(operations.id, blocking))),
    tx
      .select({ id: blocks.id, operationId: blocks.operationId, resourceId: blocks.resourceId, kind: resources.kind, handle: resources.handle })
      .from(blocks)
      .innerJoin(resources, eq(resources.id, blocks.resourceId))
      .where(and(within(actor, sql`case when ${resources.kind} = 'environment' then ${resources.id} else ${resources.environmentId} end`), isNull(blocks.liftedAt))),
  ])
  return {
    running: running.map(shown),
    queued: queued.map(shown).toReversed(),
    wrong: wrong.map(shown),
    ended: ended.slice(0, 8).map(shown),
    blocks: standing,
    now: new Date().toISOString(),
  }
}
