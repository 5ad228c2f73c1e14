import { sql, type SQL } from 'drizzle-orm'
import type { Actor } from '../auth/actor.ts'
import { findReach, type Reach, resourcesBeginning, type Side } from './reach.ts'
import { read } from './read.ts'
import { type Asked, rowsOf, sidesOf } from './rows-of.ts'
import type { ActivityFilter } from './schema.ts'
import type { statuses } from './statuses.ts'
import { findBounds } from './time-bounds.ts'

const pageRows = 50
/** More that came meanwhile are "99+". */
const freshMax = 100

type Common = {
  id: number
  at: string
  actorName: string
  actorEmail: string | null
  source: string
  resourceKind: string | null
  resourceId: number | null
  resourceHandle: string | null
  environmentId: number | null
  environmentHandle: string | null
}
export type OperationRow = Common & {
  kind: 'operation'
  type: string
  status: (typeof statuses)[number]
  rollback: string | null
  title: string
  note: string | null
  startedAt: string | null
  finishedAt: string | null
}
export type EventRow = Common & { kind: 'access'; type: string; detail: string; operationId: number | null }
export type ActivityRow = OperationRow | EventRow

export type ActivityPage = {
  rows: ActivityRow[]
  newer: boolean
  older: boolean
  /** How many have come since `top`; at most a hundred are counted. */
  fresh: number
  /** The newest of those. */
  newest: number | null
  /** More resources have the name than are looked at: the list is of the newest so many. */
  ofNewest: number | null
  /** More people have the name of the filter: the list is of the first so many. */
  ofPeople: number | null
  now: string
}

/** Looks up, once, what a filter names. */
export async function ask(actor: Actor, filter: ActivityFilter): Promise<Asked> {
  const [reach, bounds] = await Promise.all([findReach(actor, filter), findBounds(filter.from, filter.to)])
  if (!filter.q) return { filter, reach, bounds, found: null, ofNewest: reach.ofNewest }
  const found = await search(filter.q, reach)
  return { filter, reach, bounds, found, ofNewest: found.ofNewest ?? reach.ofNewest }
}

async function search(text: string, reach: Reach) {
  const [{ ids, ofNewest }, [last]] = await Promise.all([resourcesBeginning(text, reach), read<{ id: string | null }>(sql`select max(id) as id from operations`)])
  return { resources: ids, newest: Number(last?.id ?? 0), ofNewest }
}

export const ofPeople = ({ reach }: Asked) => reach.actors?.ofFirst ?? null

/** Operations and events in one order, newest first, a page at a time. What was deprovisioned keeps its activity. */
export async function listActivity(actor: Actor, filter: ActivityFilter): Promise<ActivityPage> {
  const asked = await ask(actor, filter)
  const now = new Date().toISOString()
  if (filter.after !== undefined) {
    const rows = await readRows(asked, 'asc', pageRows + 1, { above: filter.after })
    // Not a page any more: the newest one is shown whole.
    if (rows.length > pageRows) return { rows: rows.slice(0, pageRows).toReversed(), newer: true, older: true, fresh: 0, newest: null, ofNewest: asked.ofNewest, ofPeople: ofPeople(asked), now }
  }
  const below = filter.top === undefined ? filter.before : filter.top + 1
  const [rows, fresh] = await Promise.all([
    readRows(asked, 'desc', pageRows + 1, { below }),
    filter.top === undefined ? { fresh: 0, newest: null } : countFresh(asked, filter.top),
  ])
  return { rows: rows.slice(0, pageRows), newer: filter.before !== undefined, older: rows.length > pageRows, ...fresh, ofNewest: asked.ofNewest, ofPeople: ofPeople(asked), now }
}

type Span = { below?: number; above?: number }

/** The first rows of both sides, merged. */
export async function readRows(asked: Asked, order: 'asc' | 'desc', limit: number, span: Span = {}): Promise<ActivityRow[]> {
  const sides = await Promise.all(sidesOf(asked.filter).map((side) => readSide(side, asked, order, limit, span)))
  const sign = order === 'asc' ? 1 : -1
  return sides.flat().toSorted((a, b) => sign * (a.id - b.id)).slice(0, limit)
}

async function readSide(side: Side, asked: Asked, order: 'asc' | 'desc', limit: number, span: Span): Promise<ActivityRow[]> {
  const ids = rowsOf(side, asked, { columns: sql`t.id`, ...span, order, limit })
  return side === 'operations' ? readOperations(ids) : readEvents(ids)
}

async function readOperations(ids: SQL): Promise<OperationRow[]> {
  const rows = await read<Stored<OperationRow> & { at: string }>(sql`
    select o.id, o.type, o.status, o.rollback, o.title, o.note, o.actor_name as "actorName", o.actor_email as "actorEmail", o.source,
      o.resource_kind as "resourceKind", o.resource_id as "resourceId", o.resource_handle as "resourceHandle",
      o.environment_id as "environmentId", o.environment_handle as "environmentHandle",
      o.queued_at as at, o.started_at as "startedAt", o.finished_at as "finishedAt"
    from operations o where o.id = any(array(select id from ${ids} page))`)
  return rows.map((row) => ({ ...row, ...numbers(row), kind: 'operation', at: iso(row.at), startedAt: row.startedAt && iso(row.startedAt), finishedAt: row.finishedAt && iso(row.finishedAt) }))
}

async function readEvents(ids: SQL): Promise<EventRow[]> {
  const rows = await read<Stored<EventRow> & { operationId: string | null }>(sql`
    select e.id, e.kind as type, e.detail, e.actor_name as "actorName", e.actor_email as "actorEmail", e.source,
      e.resource_kind as "resourceKind", e.resource_id as "resourceId", e.resource_handle as "resourceHandle",
      e.environment_id as "environmentId", e.environment_handle as "environmentHandle", e.operation_id as "operationId", e.at
    from events e where e.id = any(array(select id from ${ids} page))`)
  return rows.map((row) => ({ ...row, ...numbers(row), kind: 'access', at: iso(row.at), operationId: number(row.operationId) }))
}

/** As the driver gives it: 64-bit numbers and instants are text. */
type Stored<Row> = Omit<Row, 'id' | 'resourceId' | 'environmentId' | 'operationId'> & { id: string; resourceId: string | null; environmentId: string | null }

const number = (text: string | null) => (text === null ? null : Number(text))
const numbers = (row: { id: string; resourceId: string | null; environmentId: string | null }) => ({
  id: Number(row.id),
  resourceId: number(row.resourceId),
  environmentId: number(row.environmentId),
})
const iso = (text: string) => new Date(text).toISOString()

async function countFresh(asked: Asked, top: number): Promise<Pick<ActivityPage, 'fresh' | 'newest'>> {
  const sides = await Promise.all(
    sidesOf(asked.filter).map(async (side) => {
      const rows = rowsOf(side, asked, { columns: sql`t.id`, above: top, order: 'desc', limit: freshMax })
      const [row] = await read<{ count: number; newest: string | null }>(sql`select count(*)::int as count, max(id) as newest from ${rows} fresh`)
      return { count: row?.count ?? 0, newest: Number(row?.newest ?? 0) }
    }),
  )
  return { fresh: Math.min(freshMax, sides.reduce((sum, { count }) => sum + count, 0)), newest: Math.max(...sides.map(({ newest }) => newest)) || null }
}
