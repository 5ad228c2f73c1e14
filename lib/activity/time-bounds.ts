import { sql } from 'drizzle-orm'
import { read } from './read.ts'

/** Exclusive; null: no bound. */
export type Bounds = { above: number | null; below: number | null }

/** A clock may have been set back, and ids are given a moment before their instants. */
const disorderMs = 3600 * 1000
/** With fewer ids than this a walk over all of them is quick enough, and asks nothing of the clock. */
const bisectedFrom = 50_000

/**
 * Ids are given in the order of time: a range of time is a range of ids, found by halving, so that no index on time
 * is written with every operation. Wider than asked for by an hour: the rows themselves are compared again.
 */
export async function findBounds(from: Date | undefined, to: Date | undefined): Promise<Bounds> {
  const none = { above: null, below: null }
  if (!from && !to) return none
  const [span] = await read<{ first: string | null; last: string | null }>(sql`select (select min(id) from operations) as first, (select max(id) from operations) as last`)
  if (!span?.first || !span.last || Number(span.last) - Number(span.first) < bisectedFrom) return none
  const [lower, upper] = await Promise.all([
    from ? firstSince(new Date(from.getTime() - disorderMs)) : null,
    to ? firstSince(new Date(to.getTime() + disorderMs)) : null,
  ])
  return { above: lower === null ? null : await idBefore(lower), below: upper === null || upper > Number(span.last) ? null : upper }
}

/** The id of the first operation from that instant on; one more than the last id when there is none. */
async function firstSince(instant: Date): Promise<number> {
  const at = instant.toISOString()
  const [row] = await read<{ id: string }>(sql`
    with recursive halves(low, high) as (
      select min(id), max(id) + 1 from operations
      union all
      select case when probe.before then probe.id + 1 else low end, case when probe.before then high else (low + high) / 2 end
      from halves cross join lateral (
        select o.id, o.id < high and o.queued_at < ${at}::timestamptz as before
        from operations o where o.id >= (low + high) / 2 order by o.id limit 1
      ) probe
      where low < high
    )
    select min(high) as id from halves`)
  return Number(row?.id ?? 1)
}

/** Events lie between operations: those after the last operation before the range may belong to it. */
async function idBefore(id: number): Promise<number | null> {
  const [row] = await read<{ id: string }>(sql`select id from operations where id < ${id} order by id desc limit 1`)
  return row ? Number(row.id) : null
}
