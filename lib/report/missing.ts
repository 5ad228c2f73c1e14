import { sql } from '../db/client.ts'
import { bornAt, isReported, listDue } from './due.ts'
import { beginningOf, weekOf } from './week.ts'

/** A runner has this long to make a report before it counts as missing. */
const lateMs = 3600_000

/** Environments, and whatever else has a report or once had. */
export async function listReported(): Promise<{ id: string; bornAt: string | null }[]> {
  return await sql`
    select r.id, ${bornAt} as "bornAt" from resources r where ${isReported}
    union all
    select environment_id, null from (select distinct environment_id from reports) others
    where not exists (select from resources r where r.id = others.environment_id and ${isReported})
    order by id`
}

/** A report, or the lack of one. */
export interface Verified {
  environmentId: number
  handle: string
  week: string
  part: number
  since: Date
  /** Null: it is as it was sealed. */
  problem: string | null
}

/** What should be there and is not, each week of an environment once, oldest first. */
export async function listMissing(): Promise<Verified[]> {
  const all = [...(await listGone()), ...(await listLate()), ...(await listUntold())]
  const once = new Map(all.toReversed().map((one) => [`${one.environmentId} ${one.week}`, one]))
  return [...once.values()].toSorted((a, b) => a.since.getTime() - b.since.getTime())
}

/** Made once, as the operations say that made them, and there no longer; another in its place is not the one that was made. */
async function listGone(): Promise<Verified[]> {
  const rows = await sql<{ environment: string | null; handle: string; since: string; made: boolean }[]>`
    select coalesce(made.environment_id, asked.environment) as environment, coalesce(made.environment_handle, r.handle, o.title) as handle,
      coalesce(made.since, asked.since, o.finished_at) as since, made.id is not null as made
    from operations o
    cross join lateral (select case when o.input->>'environment' ~ '^[0-9]{1,18}$' then (o.input->>'environment')::bigint end as environment,
      case when o.input->>'since' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$' then (o.input->>'since')::timestamptz end as since) asked
    left join reports made on made.operation_id = o.id
    left join resources r on r.id = asked.environment
    where o.type = 'report' and o.status = 'succeeded' and o.leftovers = '[]' and (made.id is null or made.environment_id is distinct from asked.environment)
    order by o.id`
  return rows.map(({ environment, handle, since, made }) => {
    const begun = new Date(since)
    const problem = made ? 'the operation that made it speaks of something else' : 'it is missing, although it was made'
    return { environmentId: Number(environment ?? 0), handle, week: weekOf(begun), part: 1, since: begun, problem }
  })
}

/** Due for so long that no runner can be making it. */
async function listLate(): Promise<Verified[]> {
  const [clock] = await sql<{ now: string }[]>`select clock_timestamp() as now`
  const late = (await listDue()).filter(({ until }) => new Date(clock!.now).getTime() > until.getTime() + lateMs)
  return late.map((due) => ({ ...due, problem: 'it is missing' }))
}

/** Weeks in which something ended that no report tells of, whatever became of the environment's own row. */
async function listUntold(): Promise<Verified[]> {
  const rows = await sql<{ environment: string; handle: string; week: string }[]>`
    select o.environment_id as environment, coalesce(r.handle, min(o.environment_handle)) as handle, date_trunc('week', o.finished_at, 'UTC')::date::text as week
    from operations o left join resources r on r.id = o.environment_id
    where o.environment_id is not null and o.finished_at < date_trunc('week', clock_timestamp() - make_interval(secs => ${lateMs / 1000}), 'UTC')
      and not exists (select from reports told where told.environment_id = o.environment_id and told.since <= o.finished_at and o.finished_at < told.until)
    group by o.environment_id, r.handle, 3`
  return rows.map(({ environment, handle, week }) => ({
    environmentId: Number(environment), handle, week, part: 1, since: beginningOf(week), problem: 'it is missing, although something ended in that week',
  }))
}
