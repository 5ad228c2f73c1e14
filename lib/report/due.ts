import { sql } from '../db/client.ts'
import { beginningOf, endOf, weekOf } from './week.ts'

/** The next report of an environment, once its time has come. */
export interface DueReport {
  environmentId: number
  handle: string
  stackId: number
  week: string
  part: number
  since: Date
  /** The week's end; of a deprovisioned environment's last week it is closed at once, and so earlier. */
  until: Date
}

/**
 * Of the environment `r`: since when something may have ended in it. Not by its own row alone, which may be changed
 * later: the operation that asked for it can not.
 */
export const bornAt = sql`least(r.created_at, (select o.queued_at from operations o where o.environment_id = r.id order by o.id limit 1))`

/** The resource `r` is an environment, which has reports. */
export const isReported = sql`r.kind = 'environment' and r.stack_id is not null`

interface Row {
  id: string
  handle: string
  stackId: string
  bornAt: string
  /** False: it was deprovisioned, or never came to be. */
  live: boolean
  open: boolean
  /** When it was deprovisioned or something ended in it, whichever is later. */
  lastAt: string | null
  week: string | null
  part: number | null
  until: string | null
  clock: string
}

/**
 * Of each environment the report that is due, by the db's clock: a report begins where the one before it ended, so
 * that a missed week comes first. Environments are found by their resource rows, which are there from the moment
 * one is asked for: what ended in one that never came to be is reported too.
 */
export async function listDue(environmentId: number | null = null): Promise<DueReport[]> {
  const rows = await sql<Row[]>`
    select r.id, r.handle, r.stack_id as "stackId", ${bornAt} as "bornAt", e.id is not null and e.deprovisioned_at is null as live,
      exists (select from operations o where o.environment_id = r.id and o.finished_at is null) as open,
      greatest(e.deprovisioned_at, (select max(o.finished_at) from operations o where o.environment_id = r.id and o.finished_at is not null)) as "lastAt",
      former.week::text, former.part, former.until, clock_timestamp() as clock
    from resources r
    left join environments e on e.id = r.id
    left join lateral (select week, part, until from reports where environment_id = r.id order by since desc limit 1) former on true
    where ${isReported} and (${environmentId}::bigint is null or r.id = ${environmentId})
    order by r.id`
  return rows.flatMap((row) => dueOf(row) ?? [])
}

function dueOf(row: Row): DueReport | null {
  const since = row.until ? new Date(row.until) : beginningOf(weekOf(new Date(row.bornAt)))
  const week = weekOf(since)
  const until = endOf(week)
  const over = new Date(row.clock) >= until
  const closed = !row.live && !row.open
  // After its last report a deprovisioned environment has another only if something ended there all the same.
  const anything = row.lastAt !== null && (row.until === null || new Date(row.lastAt) >= since)
  if (closed ? !anything : !over) return null
  const part = row.week === week ? row.part! + 1 : 1
  return { environmentId: Number(row.id), handle: row.handle, stackId: Number(row.stackId), week, part, since, until }
}
