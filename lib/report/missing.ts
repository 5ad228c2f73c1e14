import { sql } from '../db/client.ts'
import { bornAt, isReported, listDue } from './due.ts'
import { weekOf } from './week.ts'

/** A runner has this long to make a report before it counts as missing. */
const lateMs = 3600_000

/** Environments, and whatever else has a report or once had. */
export async function listReported(): Promise<{ id: string; bornAt: string | null }[]> {
  return await sql`
    select r.id, ${bornAt} as "bornAt" from resources r where ${isReported}
    union all
    select id, null from (
      select environment_id as id from reports
      union select (input->>'environment')::bigint from operations where type = 'report'
      except select id from resources r where ${isReported}) others
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

/** Made once, as their operations say, and there no longer. */
export async function listGone(): Promise<Verified[]> {
  const rows = await sql<{ environment: string; handle: string; since: string }[]>`
    select o.input->>'environment' as environment, coalesce(r.handle, o.input->>'environment') as handle, o.input->>'since' as since
    from operations o left join resources r on r.id = (o.input->>'environment')::bigint
    where o.type = 'report' and o.status = 'succeeded' and o.leftovers = '[]'
      and not exists (select from reports made where made.environment_id = (o.input->>'environment')::bigint and made.since = (o.input->>'since')::timestamptz)
    order by o.id`
  return rows.map(({ environment, handle, since }) => {
    const begun = new Date(since)
    return { environmentId: Number(environment), handle, week: weekOf(begun), part: 1, since: begun, problem: 'it is missing, although it was made' }
  })
}

/** Due for so long that no runner can be making it. */
export async function listLate(): Promise<Verified[]> {
  const [clock] = await sql<{ now: string }[]>`select clock_timestamp() as now`
  const late = (await listDue()).filter(({ until }) => new Date(clock!.now).getTime() > until.getTime() + lateMs)
  return late.map((due) => ({ ...due, problem: 'it is missing' }))
}
