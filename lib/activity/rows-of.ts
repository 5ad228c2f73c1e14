import { and, sql, type SQL } from 'drizzle-orm'
import { eventKinds } from './event-kinds.ts'
import { actorCondition, groupsOf, idIn, type KeyColumn, list, type Reach, reachCondition, type Side } from './reach.ts'
import type { ActivityFilter } from './schema.ts'
import type { Bounds } from './time-bounds.ts'

/** A filter that has been looked up: everything that a statement needs. */
export type Asked = { filter: ActivityFilter; reach: Reach; bounds: Bounds; found: number[] | null }

type Part = {
  /** Columns of the row `t`; `t.id` first. */
  columns: SQL
  /** Besides what was asked for. */
  where?: SQL
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
export function rowsOf(side: Side, asked: Asked, { columns, where, order, limit }: Part): SQL {
  const { filter, reach, found } = asked
  const by = order === 'asc' ? sql`asc` : sql`desc`
  const walk = (condition: SQL | undefined, along: KeyColumn | null = null) =>
    sql`(select ${columns} from ${sql.raw(side)} t where ${and(condition, conditionsOf(side, asked, along), where) ?? sql`true`} order by t.id ${by} limit ${limit})`
  const each: Each = (column, keys, along = column) =>
    sql`(select one.* from unnest(${list(keys)}::bigint[]) key(id) cross join lateral ${walk(sql`t.${sql.raw(column)} = key.id`, along)} one)`

  const parts = filter.q ? searches(side, filter.q, found ?? [], walk, each) : groupsOf(reach, side)?.map(({ column, keys }) => each(column, keys))
  if (!parts) return walk(undefined)
  // A row that is found in two ways is one row.
  return sql`(select * from (${sql.join(parts, filter.q ? sql` union ` : sql` union all `)}) merged order by id ${by} limit ${limit})`
}

/**
 * Everything but the search. What is walked along is not said again: with one condition twice Postgres expects fewer
 * rows than there are, and sorts all of them instead of walking.
 */
export function conditionsOf(side: Side, { filter, reach, bounds }: Asked, along: KeyColumn | null = null): SQL | undefined {
  return and(reachCondition(reach, along), along === 'actor_id' ? undefined : actorCondition(reach, side), filterConditions(side, filter), boundsConditions(side, filter, bounds))
}

type Walk = (condition: SQL | undefined) => SQL
type Each = (column: KeyColumn, keys: number[], along?: KeyColumn | null) => SQL

/** An exact id, the beginning of a handle, or words of the note: each has its index, and none is of use to the others. */
function searches(side: Side, text: string, found: number[], walk: Walk, each: Each): SQL[] {
  const id = idIn(text)
  return [
    each('resource_id', found, null),
    ...(id === null ? [] : [walk(side === 'operations' ? sql`t.id = ${id}` : sql`t.operation_id = ${id}`)]),
    ...(side === 'operations' ? [walk(sql`t.note is not null and to_tsvector('simple', t.note) @@ plainto_tsquery('simple', ${text})`)] : []),
  ]
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
