import { and, desc, eq, gte, ilike, inArray, isNotNull, isNull, lt, notInArray, or, sql, type SQL } from 'drizzle-orm'
import { events } from '#drizzle/schema/activity.ts'
import { blocks } from '#drizzle/schema/hold.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, readableEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import type { ActivityFilter } from './schema.ts'

export type ActivityPage = Awaited<ReturnType<typeof listActivity>>
export type ActivityRow = ActivityPage['rows'][number]

const pageRows = 50
/** Prefixes of one letter match many; more than this many resources do not help a search. */
const resourcesMax = 1000

const columns = {
  id: operations.id,
  type: operations.type,
  status: operations.status,
  rollback: operations.rollback,
  title: operations.title,
  note: operations.note,
  actorName: operations.actorName,
  actorEmail: operations.actorEmail,
  resourceKind: operations.resourceKind,
  resourceId: operations.resourceId,
  resourceHandle: operations.resourceHandle,
  environmentId: operations.environmentId,
  environmentHandle: operations.environmentHandle,
  queuedAt: operations.queuedAt,
  startedAt: operations.startedAt,
  finishedAt: operations.finishedAt,
}

/** Newest first, a page at a time. What was deprovisioned keeps its activity. */
export async function listActivity(actor: Actor, filter: ActivityFilter) {
  allow(actor, 'read', filter.environment ?? null)
  const rows = await db.select(columns).from(operations).where(and(within(actor, sql`${operations.environmentId}`), conditionsOf(filter))).orderBy(desc(operations.id)).limit(pageRows + 1)
  return { rows: rows.slice(0, pageRows).map(shown), more: rows.length > pageRows, now: new Date().toISOString() }
}

/** What belongs to no environment, such as a stack's operations, is for owners. */
function within(actor: Actor, column: SQL): SQL | undefined {
  const readable = readableEnvironments(actor)
  return readable === 'all' ? undefined : inArray(column, readable)
}

function conditionsOf(filter: ActivityFilter): SQL | undefined {
  return and(
    filter.stack ? eq(operations.stackId, filter.stack) : undefined,
    filter.environment ? eq(operations.environmentId, filter.environment) : undefined,
    filter.app ? eq(operations.appId, filter.app) : undefined,
    filter.resource ? eq(operations.resourceId, filter.resource) : undefined,
    filter.type ? eq(operations.type, filter.type) : undefined,
    filter.status ? eq(operations.status, filter.status) : undefined,
    filter.actor ? or(ilike(operations.actorName, contains(filter.actor)), ilike(operations.actorEmail, contains(filter.actor))) : undefined,
    filter.from ? gte(operations.queuedAt, new Date(`${filter.from}T00:00:00Z`)) : undefined,
    filter.to ? lt(operations.queuedAt, dayAfter(filter.to)) : undefined,
    filter.q ? found(filter.q) : undefined,
    filter.before ? lt(operations.id, filter.before) : undefined,
  )
}

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&')
const contains = (text: string) => `%${escaped(text)}%`
const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 3600 * 1000)

/** An exact id, the beginning of a handle, or words of the note; each of the three has its index. */
function found(text: string): SQL | undefined {
  const id = /^#?(\d{1,15})$/.exec(text)?.[1]
  const named = db
    .select({ id: resources.id })
    .from(resources)
    .where(sql`${resources.handle} like ${`${escaped(text.toLowerCase())}%`}`)
    .limit(resourcesMax)
  return or(
    id ? eq(operations.id, Number(id)) : undefined,
    inArray(operations.resourceId, named),
    sql`to_tsvector('simple', coalesce(${operations.note}, '')) @@ plainto_tsquery('simple', ${text})`,
  )
}

type Row = { queuedAt: Date; startedAt: Date | null; finishedAt: Date | null }

function shown<T extends Row>(row: T) {
  const { queuedAt, startedAt, finishedAt, ...rest } = row
  return { ...rest, queuedAt: queuedAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, finishedAt: finishedAt?.toISOString() ?? null }
}

const homeMax = 30
const recentMs = 24 * 3600 * 1000

/** What runs now, what is blocked or went wrong in the last day, and what is about to happen. */
export async function readHome(actor: Actor) {
  allow(actor, 'read', null)
  const list = (condition: SQL | undefined) => db.select(columns).from(operations).where(and(within(actor, sql`${operations.environmentId}`), condition)).orderBy(desc(operations.id)).limit(homeMax)
  const since = new Date(Date.now() - recentMs)
  const blocking = db.select({ id: blocks.operationId }).from(blocks).where(isNull(blocks.liftedAt))
  const [running, queued, wrong, ended, standing] = await Promise.all([
    list(and(isNull(operations.finishedAt), inArray(operations.status, ['running', 'rolling_back']))),
    list(and(isNull(operations.finishedAt), eq(operations.status, 'queued'))),
    list(or(and(gte(operations.finishedAt, since), eq(operations.status, 'failed')), inArray(operations.id, blocking))),
    list(and(isNotNull(operations.finishedAt), gte(operations.finishedAt, since), inArray(operations.status, ['succeeded', 'cancelled']), notInArray(operations.id, blocking))),
    db
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

export type Home = Awaited<ReturnType<typeof readHome>>

/** Access and other happenings that are no operation: newest first, the last hundred. */
export async function listEvents(actor: Actor, filter: { environment?: number; app?: number }) {
  allow(actor, 'read', filter.environment ?? null)
  const rows = await db
    .select({ id: events.id, at: events.at, kind: events.kind, actorName: events.actorName, resourceHandle: events.resourceHandle, detail: events.detail })
    .from(events)
    .where(and(within(actor, sql`${events.environmentId}`), filter.environment ? eq(events.environmentId, filter.environment) : undefined, filter.app ? eq(events.appId, filter.app) : undefined))
    .orderBy(desc(events.id))
    .limit(100)
  return rows.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() }))
}
