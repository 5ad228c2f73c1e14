import type { Lasting, PlannedStep } from '#drizzle/schema/operation.ts'
import type { Sql } from '../db/client.ts'
import { arrayOf } from '../db/array.ts'

export interface JournalRow {
  index: number
  direction: 'run' | 'compensate'
  attempt: number
  state: 'started' | 'succeeded' | 'failed' | 'unknown'
  output: Record<string, unknown> | null
}

/** An operation this runner has just made its own. */
export interface Claimed {
  id: number
  fence: number
  kind: string
  type: string
  title: string
  status: 'running' | 'rolling_back'
  reason: 'error' | 'cancelled' | 'timeout' | 'crashes' | null
  error: string | null
  failedStep: string | null
  cancelRequestedBy: string | null
  input: unknown
  plan: PlannedStep[]
  claims: number
  pastReturn: boolean
  leftovers: string[]
  lasting: Lasting[]
  resourceId: number
  stackId: number | null
  environmentId: number | null
  appId: number | null
  rollsBackId: number | null
  retriesId: number | null
  journal: JournalRow[]
  /** Its first step was opened with the claim. */
  opened: boolean
  lastSeq: number
  logBytes: number
}

/** A type whose first step can be opened with the claim, and the steps that the runner knows it by. */
export interface Opener {
  type: string
  steps: string[]
}

/**
 * Makes operations this runner's own: those that lost theirs first, then the queue in its order. SKIP
 * LOCKED keeps two runners apart, the fence rises with every claim, and a runner whose lease is gone
 * claims nothing. What is its own already and not carried out came with a claim whose answer was lost: it
 * is claimed again, and that does not count as a death. What comes from the queue has its first step opened in
 * the same commit, where nothing of it has to be known for that.
 */
export async function claim(sql: Sql, runnerId: string, types: string[], carriedOut: number[], limit: number, openers: Opener[] = []): Promise<Claimed[]> {
  const known = arrayOf(types)
  const rows = await sql<Row[]>`
    with mine as (
      select id from runners where id = ${runnerId} and state = 'live' and lease_expires_at > clock_timestamp()
    ), orphaned as (
      select id from operations
      where status in ('running', 'rolling_back') and (runner_id is null or (runner_id = ${runnerId} and id <> all(${arrayOf(carriedOut)}::bigint[])))
        and (resource_kind || '.' || type = any(${known}::text[]) or '*.' || type = any(${known}::text[]))
      order by id limit ${limit} for no key update skip locked
    ), queued as (
      -- All of an operation's holds are granted at once, so that one which is held says that it is ready.
      select o.id from (select operation_id from holds where state = 'held' order by operation_id) h cross join lateral (
        select id from operations
        where id = h.operation_id and status = 'queued' and (resource_kind || '.' || type = any(${known}::text[]) or '*.' || type = any(${known}::text[]))
        for no key update skip locked
      ) o limit ${limit}
    ), next as (
      select distinct rank, id from (select id, 0 as rank from orphaned union all select id, 1 from queued) found order by rank, id limit ${limit}
    ), claimed as (
      update operations o set runner_id = mine.id, fence = nextval('operation_fence'), claims = claims + (runner_id is null)::int,
        status = case when status = 'queued' then 'running'::operation_status else status end,
        started_at = coalesce(started_at, clock_timestamp())
      from next, mine where o.id = next.id
      returning o.*, next.rank = 1 as first
    ), opened as (
      insert into steps (operation_id, index, direction, attempt, name, state, fence)
      select claimed.id, 0, 'run', 1, opener.steps->>0, 'started', claimed.fence
      from claimed join jsonb_to_recordset(${JSON.stringify(openers)}::jsonb) as opener(type text, steps jsonb)
        on opener.type in (resource_kind || '.' || claimed.type, '*.' || claimed.type) and opener.steps = jsonb_path_query_array(plan, '$[*].name')
      where first
      returning operation_id
    )
    select claimed.*, exists (select from opened where operation_id = claimed.id) as opened from claimed`
  return Promise.all(rows.map((row) => withJournal(sql, row)))
}

interface Row {
  /** It comes from the queue, so there is no journal to read. */
  first: boolean
  opened: boolean
  id: string
  fence: string
  resource_kind: string
  type: string
  title: string
  status: 'running' | 'rolling_back'
  reason: Claimed['reason']
  error: string | null
  failed_step: string | null
  cancel_requested_by: string | null
  input: unknown
  plan: PlannedStep[]
  claims: number
  past_return: boolean
  leftovers: string[]
  lasting: Lasting[]
  resource_id: string
  stack_id: string | null
  environment_id: string | null
  app_id: string | null
  rolls_back_id: string | null
  retries_id: string | null
}

async function withJournal(sql: Sql, row: Row): Promise<Claimed> {
  const journal = row.first
    ? []
    : await sql<JournalRow[]>`
        select index, direction, attempt, state, output from steps where operation_id = ${row.id} order by started_at, index`
  const [log] = row.first
    ? []
    : await sql<{ seq: string; bytes: string }[]>`
        select coalesce(max(seq), 0) as seq, coalesce(sum(octet_length(text) + 1), 0) as bytes from log_lines where operation_id = ${row.id}`
  return {
    id: Number(row.id),
    fence: Number(row.fence),
    kind: row.resource_kind,
    type: row.type,
    title: row.title,
    status: row.status,
    reason: row.reason,
    error: row.error,
    failedStep: row.failed_step,
    cancelRequestedBy: row.cancel_requested_by,
    input: row.input,
    plan: row.plan,
    claims: row.claims,
    pastReturn: row.past_return,
    leftovers: row.leftovers,
    lasting: row.lasting,
    resourceId: Number(row.resource_id),
    stackId: whole(row.stack_id),
    environmentId: whole(row.environment_id),
    appId: whole(row.app_id),
    rollsBackId: whole(row.rolls_back_id),
    retriesId: whole(row.retries_id),
    journal: [...journal],
    opened: row.opened,
    lastSeq: Number(log?.seq ?? 0),
    logBytes: Number(log?.bytes ?? 0),
  }
}

function whole(text: string | null): number | null {
  return text === null ? null : Number(text)
}
