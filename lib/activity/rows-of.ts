import { and, sql, type SQL } from 'drizzle-orm'
import { arrayOf } from '../db/array.ts'
import { eventKinds } from './event-kinds.ts'
import { actorCondition, type Along, groupsOf, idIn, type KeyColumn, type Reach, reachCondition, type Side } from './reach.ts'
import type { ActivityFilter } from './schema.ts'
import type { Bounds } from './time-bounds.ts'

/** A filter that has been looked up: everything that a statement needs. */
export type Asked = {
  filter: ActivityFilter
  reach: Reach
  bounds: Bounds
  /** Of a search: resources whose handle begins so, and the newest id there is. */
  found: { resources: number[]; newest: number } | null
  /** More resources have the name of the filter or of the search than are looked at: the newest so many. */
  ofNewest: number | null
}

type Part = {
  /** Columns of the row `t`; `t.id` first. */
  columns: SQL
  /** Exclusive. */
  below?: number
  above?: number
  order: 'asc' | 'desc'
  limit: number
}

/** Sides that a filter leaves: a status is of operations only, and a type of one side or the other. */
export function sidesOf({ kind, type, status, rollback }: ActivityFilter): Side[] {
  const ofEvents = kind !== 'operation' && status === undefined && rollback === undefined && (type === undefined || isEventKind(type))
  const ofOperations = kind !== 'access' && (type === undefined || !isEventKind(type))
  return [...(ofOperations ? ['operations' as const] : []), ...(ofEvents ? ['events' as const] : [])]
}

const isEventKind = (type: string) => eventKinds.some((kind) => kind === type)

/** The first rows of one side, in the order of ids. */
export function rowsOf(side: Side, asked: Asked, part: Part): SQL {
  const { columns, below, above, order, limit } = part
  const by = order === 'asc' ? sql`asc` : sql`desc`
  const span = and(below === undefined ? undefined : sql`t.id < ${below}`, above === undefined ? undefined : sql`t.id > ${above}`)
  const rows = (condition: SQL | undefined, along: Along | null = null) =>
    sql`select ${columns} from ${sql.raw(side)} t where ${and(condition, conditionsOf(side, asked, along), span) ?? sql`true`}`
  const walk: Walk = (condition, along) => sql`(${rows(condition, along)} order by t.id ${by} limit ${limit})`
  const each: Each = (column, keys, along = column) =>
    sql`(select one.* from unnest(${arrayOf(keys)}::bigint[]) key(id) cross join lateral ${walk(sql`t.${sql.raw(column)} = key.id`, along)} one)`
  const merge = (parts: SQL[], union: SQL) => sql`(select * from (${sql.join(parts, union)}) merged order by id ${by} limit ${limit})`

  if (asked.found === null) {
    const parts = groupsOf(asked.reach, side)?.map(({ column, keys }) => each(column, keys))
    return parts ? merge(parts, sql` union all `) : walk(undefined)
  }
  const { resources } = asked.found
  const text = asked.filter.q ?? ''
  const id = idIn(text)
  const parts = [
    each('resource_id', resources, 'found'),
    ...(id === null ? [] : [walk(side === 'operations' ? sql`t.id = ${id}` : sql`t.operation_id = ${id}`)]),
    ...(side === 'operations' ? [notes(asked, part, span, walk, rows)] : []),
  ]
  // A row that is found in two ways is one row.
  return merge(parts, sql` union `)
}

type Walk = (condition: SQL | undefined, along?: Along | null) => SQL
type Each = (column: KeyColumn, keys: number[], along?: Along) => SQL

/** Ids that are looked through before the index of words is asked; notes, where one may see few environments, whose rows lie far apart. */
const nearIds = 20_000
const nearNotes = 1000
const fewEnvironments = 20

/**
 * Words of the note. A common word is soon found along the ids, while its index would give hundreds of thousands to
 * sort; a rare one is found in the index, while a walk would see everything. Postgres cannot know which it is: first
 * those near are looked through, and the index is asked only when they are too few.
 */
function notes(asked: Asked, part: Part, span: SQL | undefined, walk: Walk, rows: (condition: SQL) => SQL): SQL {
  const text = asked.filter.q ?? ''
  // Worded otherwise than the index, which reads all matches before it knows which of them are near.
  const nearMatches = sql`to_tsvector('simple', coalesce(t.note, '')) @@ plainto_tsquery('simple', ${text})`
  return sql`(
    with near as materialized (${walk(sql`${nearest(asked, part, span)} and ${nearMatches}`)}),
    every as materialized (${rows(sql`(select count(*) from near) < ${part.limit} and ${noteMatches(text)}`)})
    select * from near union select * from every)`
}

/** All rows with a note up to somewhere, so that what is not among them lies farther away than what is. */
function nearest({ reach, bounds, found }: Asked, { below, above, order, limit }: Part, span: SQL | undefined): SQL {
  const { environments: inside, stack } = reach
  if (inside === null || inside.length > fewEnvironments || stack !== null) {
    const ids = Math.max(nearIds, limit * 50)
    return order === 'desc' ? sql`t.id > ${(below ?? (found?.newest ?? 0) + 1) - ids}` : sql`t.id < ${(above ?? 0) + ids}`
  }
  const first = sql`order by id ${sql.raw(order)} limit ${Math.max(nearNotes, limit * 10)}`
  return sql`t.id = any(array(
    select one.id from unnest(${arrayOf(inside)}::bigint[]) key(id) cross join lateral (
      select t.id from operations t where ${and(sql`t.environment_id = key.id and t.note is not null`, span, boundsConditions('operations', {}, bounds))} ${first}) one
    ${first}))`
}

export const noteMatches = (text: string) => sql`t.note is not null and to_tsvector('simple', t.note) @@ plainto_tsquery('simple', ${text})`

/**
 * Everything but the search. What is walked along is not said again: with one condition twice Postgres expects fewer
 * rows than there are, and sorts all of them instead of walking.
 */
export function conditionsOf(side: Side, { filter, reach, bounds }: Asked, along: Along | null = null): SQL | undefined {
  return and(reachCondition(reach, along), along === 'actor_id' ? undefined : actorCondition(reach, side), filterConditions(side, filter), boundsConditions(side, filter, bounds))
}

/** Conditions as they stand in the predicates of the partial indexes, so that those are found. */
function filterConditions(side: Side, filter: ActivityFilter): SQL | undefined {
  const { type, status, rollback, source } = filter
  const open = status === 'queued' || status === 'running' || status === 'rolling_back'
  return and(
    type ? (side === 'operations' ? sql`t.type = ${type}` : sql`t.kind = ${type}`) : undefined,
    status ? sql`t.status = ${status}` : undefined,
    open ? sql`t.finished_at is null` : undefined,
    rollback ? sql`t.rollback = ${rollback}` : undefined,
    source ? sql`t.source = ${source}` : undefined,
  )
}

function boundsConditions(side: Side, { from, to }: ActivityFilter, { above, below }: Bounds): SQL | undefined {
  const at = sql.raw(side === 'operations' ? 't.queued_at' : 't.at')
  return and(
    from ? sql`${at} >= ${from.toISOString()}::timestamptz` : undefined,
    to ? sql`${at} < ${to.toISOString()}::timestamptz` : undefined,
    above === null ? undefined : sql`t.id > ${above}`,
    below === null ? undefined : sql`t.id < ${below}`,
  )
}
