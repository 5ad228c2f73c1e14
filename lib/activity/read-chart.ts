import { and, or, sql } from 'drizzle-orm'
import type { Actor } from '../auth/actor.ts'
import { arrayOf } from '../db/array.ts'
import { ask, ofPeople } from './list-activity.ts'
import { read } from './read.ts'
import { type Asked, conditionsOf, noteMatches, rowsOf, sidesOf } from './rows-of.ts'
import type { ActivityFilter } from './schema.ts'

/**
 * Neither chart nor count reads more rows than this: over ten million they would take seconds. Beyond it the chart
 * shows the newest, and the count is an estimate; both say so.
 */
const countedMax = 10_000
/** A search has no index in the order of ids. */
const foundMax = 1000
const mostOf = ({ filter }: Asked) => (filter.q ? foundMax : countedMax)
const hourMs = 3600 * 1000
/** A range up to this long is shown by the hour. */
const hourlyMaxMs = 3 * 24 * hourMs

export const outcomes = ['succeeded', 'failed', 'cancelled', 'open'] as const
export type Outcome = (typeof outcomes)[number]
export type Bar = { from: string; to: string; counts: Record<Outcome, number> }
export type Chart = {
  by: 'hour' | 'day'
  bars: Bar[]
  /** Operations older than the first bar were not counted. */
  cut: boolean
  /** More resources have the name than are looked at: chart and count are of the newest so many. */
  ofNewest: number | null
  count: { rows: number; about: boolean }
}

type HourRow = { hour: string; outcome: Outcome; count: number }

/** Operations per hour or day by how they ended, and about how many rows the filter has. `zone` is where days begin. */
export async function readChart(actor: Actor, filter: ActivityFilter, zone: string): Promise<Chart> {
  const asked = await ask(actor, { ...filter, before: undefined, after: undefined, top: undefined })
  const sides = sidesOf(filter)
  const [hours, events] = await Promise.all([sides.includes('operations') ? readHours(asked) : [], sides.includes('events') ? countEvents(asked) : 0])
  const operations = hours.reduce((sum, { count }) => sum + count, 0)
  const count = await countOf(asked, operations, events)
  const spanMs = hours.length === 0 ? 0 : Date.parse(hours.at(-1)!.hour) - Date.parse(hours[0]!.hour)
  const by = spanMs <= hourlyMaxMs ? 'hour' : 'day'
  return { by, bars: by === 'hour' ? hourly(hours) : daily(hours, zone), cut: operations >= mostOf(asked), ofNewest: asked.ofNewest, count }
}

async function readHours(asked: Asked): Promise<HourRow[]> {
  const newest = rowsOf('operations', asked, { order: 'desc', limit: mostOf(asked), columns: sql`t.id, t.queued_at, t.status` })
  const rows = await read<HourRow>(sql`
    select date_trunc('hour', queued_at, 'UTC') as hour,
      case when status in ('queued', 'running', 'rolling_back') then 'open' else status::text end as outcome, count(*)::int as count
    from ${newest} newest group by 1, 2 order by 1`)
  return rows.map((row) => ({ ...row, hour: new Date(row.hour).toISOString() }))
}

async function countEvents(asked: Asked): Promise<number> {
  const rows = rowsOf('events', asked, { columns: sql`t.id`, order: 'desc', limit: mostOf(asked) })
  const [row] = await read<{ count: number }>(sql`select count(*)::int as count from ${rows} newest`)
  return row?.count ?? 0
}

async function countOf(asked: Asked, operations: number, events: number): Promise<Chart['count']> {
  const cut = { operations: operations >= mostOf(asked), events: events >= mostOf(asked) }
  if (!cut.operations && !cut.events) return { rows: operations + events, about: asked.ofNewest !== null || ofPeople(asked) !== null }
  const rows = await Promise.all([cut.operations ? estimate('operations', asked) : operations, cut.events ? estimate('events', asked) : events])
  return { rows: rounded(rows[0] + rows[1]), about: true }
}

type Plan = { 'Plan Rows': number }

/** What Postgres expects, from its statistics: it reads no row for that. */
async function estimate(side: 'operations' | 'events', asked: Asked): Promise<number> {
  const { filter, found } = asked
  const named = found && sql`t.resource_id = any(${arrayOf(found.resources)}::bigint[])`
  const search = named && (side === 'operations' ? or(named, noteMatches(filter.q ?? '')) : named)
  const [row] = await read<{ 'QUERY PLAN': { Plan: Plan }[] | string }>(sql`explain (format json) select from ${sql.raw(side)} t where ${and(search ?? undefined, conditionsOf(side, asked)) ?? sql`true`}`)
  const told = row?.['QUERY PLAN']
  const plans = (typeof told === 'string' ? JSON.parse(told) : told) as { Plan: Plan }[] | undefined
  return Math.max(mostOf(asked), plans?.[0]?.Plan['Plan Rows'] ?? 0)
}

/** 12,345 → 12,000: an estimate that is exact to the digit would pretend. */
function rounded(rows: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rows)) - 1)
  return Math.round(rows / unit) * unit
}

const empty = (): Record<Outcome, number> => ({ succeeded: 0, failed: 0, cancelled: 0, open: 0 })

/** Every hour between the first and the last, also those in which nothing happened. */
function hourly(rows: HourRow[]): Bar[] {
  if (rows.length === 0) return []
  const [first, last] = [Date.parse(rows[0]!.hour), Date.parse(rows.at(-1)!.hour)]
  const bars = Array.from({ length: (last - first) / hourMs + 1 }, (_, index) => bar(first + index * hourMs, first + (index + 1) * hourMs))
  for (const { hour, outcome, count } of rows) bars[(Date.parse(hour) - first) / hourMs]!.counts[outcome] += count
  return bars
}

/** No day is shorter, whatever its clocks do: years of hours are not asked one by one which day they are of. */
const dayMinMs = 20 * hourMs

/** Days of the reader's zone; one on which the clocks change has 23 or 25 hours. */
function daily(rows: HourRow[], zone: string): Bar[] {
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
  let [first, last] = [Date.parse(rows[0]!.hour), Date.parse(rows.at(-1)!.hour)]
  // A bar is a time filter: it has its whole day, also where the first or the last operation lies in the middle of it.
  for (const day = dayOf.format(first); dayOf.format(first - hourMs) === day; ) first -= hourMs
  for (const day = dayOf.format(last); dayOf.format(last + hourMs) === day; ) last += hourMs
  const bars: Bar[] = []
  for (let at = first, day = dayOf.format(at); at <= last; ) {
    let end = at + (bars.length === 0 ? hourMs : dayMinMs)
    while (end <= last && dayOf.format(end) === day) end += hourMs
    bars.push(bar(at, Math.min(end, last + hourMs)))
    at = end
    day = dayOf.format(at)
  }
  let index = 0
  for (const { hour, outcome, count } of rows) {
    while (hour >= bars[index]!.to) index++
    bars[index]!.counts[outcome] += count
  }
  return barsMerged(bars)
}

/** A screen has room for so many; years become spans of several days. */
const barsMax = 120

function barsMerged(bars: Bar[]): Bar[] {
  const each = Math.ceil(bars.length / barsMax)
  if (each === 1) return bars
  return Array.from({ length: Math.ceil(bars.length / each) }, (_, index) => {
    const part = bars.slice(index * each, (index + 1) * each)
    const counts = empty()
    for (const one of part) for (const outcome of outcomes) counts[outcome] += one.counts[outcome]
    return { from: part[0]!.from, to: part.at(-1)!.to, counts }
  })
}

function bar(from: number, to: number): Bar {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), counts: empty() }
}
