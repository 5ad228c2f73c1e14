import type { Sql } from '../db/client.ts'
import { lockHeldResources } from './hold.ts'
import type { Answer, Owned, Transition } from './journal.ts'
import type { PendingLine } from './log.ts'

/** A transition of one operation, and the lines of its log that are written with it. */
export interface Entry {
  owned: Owned
  change: Transition
  lines: PendingLine[]
}

export type Verdict = Answer | 'stale'
/** What to do when somebody else has locked what an entry needs: wait, or leave that entry out. */
export type WhenLocked = 'wait' | 'pass over'

/**
 * Writes one transition each of different operations, as one statement and so one commit: closing a step and
 * opening the next, or an end, which hands on what was held. Returns what became of each that was not passed over.
 *
 * Each part waits for `judged`, which waits for the operations' row locks; they are what makes the fence hold: a
 * takeover waits for this commit, or is seen here. Locks are taken in the order resource → operation → step.
 * A part that nobody asked for is left out: what is not in a statement costs nothing to parse and to start.
 */
export async function writeEntries(sql: Sql, entries: Entry[], whenLocked: WhenLocked): Promise<Map<number, Verdict>> {
  const asked = entries.map(asAsked)
  const has = (part: keyof Asked) => asked.some((one) => one[part])
  const rows = await sql<{ id: string; verdict: Verdict }[]>`
    with asked as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as asked(
        id bigint, fence bigint, forward boolean, changes boolean, closing jsonb, rolling jsonb, passing jsonb, opening jsonb, worded jsonb, hands_over boolean, ending jsonb, lines jsonb)
    ) ${has('ending') ? sql`, held as materialized (${lockHeldResources(sql, sql`select id from asked where ending is not null`, whenLocked)})` : sql``}
    , mine as materialized (
      select asked.*, o.* from (select * from asked order by id) asked cross join lateral (
        select fence as current_fence, status, past_return, cancel_requested_at is not null as cancelled, finished_at is not null as ended
        from operations where operations.id = asked.id ${has('ending') ? reached(sql, whenLocked) : sql``}
        for no key update ${whenLocked === 'wait' ? sql`` : sql`skip locked`}
      ) o
    ), judged as materialized (
      select mine.*, case when current_fence <> fence then 'stale'
        when rolling is not null and (ended or past_return) then 'late'
        when ended then 'ended'
        when forward and (cancelled or status = 'rolling_back') then 'settled'
        else 'done' end as verdict from mine
    ), closed as materialized (${has('closing') ? closing(sql) : sql`select null::bigint as operation_id where false`})
    ${has('changes') ? sql`, changed as (${changing(sql, has)})` : sql``}
    ${has('passing') ? sql`, passed as (${passing(sql)})` : sql``}
    ${has('opening') ? sql`, opened as (${opening(sql, has)})` : sql``}
    ${entries.some(({ change }) => change.end?.rollback === 'incomplete') ? sql`, blocked as (${blocking(sql)})` : sql``}
    ${has('lines') ? sql`, written as (${writing(sql)})` : sql``}
    ${has('ending') ? sql`, last_words as (${speaking(sql)})` : sql``}
    select id, case verdict when 'ended' then 'done' else verdict end as verdict
      ${has('rolling') || has('hands_over') ? sql`, case when (rolling is not null or hands_over) and verdict in ('done', 'settled') then pg_notify('davit_operations', id::text) end` : sql``}
      ${has('hands_over') ? sql`, case when hands_over and verdict in ('done', 'settled') then pg_notify('davit_ready', '') end` : sql``}
    from judged`
  return new Map(rows.map(({ id, verdict }) => [Number(id), verdict]))
}

type Asked = ReturnType<typeof asAsked>

/** Column by column as the statement reads it; what is undefined is not there. */
function asAsked({ owned, change: { close, rollBack, passed, open, plan, handOver, end }, lines }: Entry) {
  return {
    id: owned.id,
    fence: owned.fence,
    forward: open?.direction === 'run' || end?.status === 'succeeded',
    changes: close?.leftover !== undefined || !!close?.lasting || !!rollBack || !!open?.noReturn || !!plan || !!handOver || !!end,
    closing: close,
    rolling: rollBack,
    passing: passed?.length ? passed : undefined,
    opening: open,
    worded: plan,
    hands_over: handOver,
    ending: end,
    lines: lines.length > 0 ? lines : undefined,
  }
}

/** An end has locked what it hands on, and has its environment's time, before its row is locked; see the trigger `operations_end_stamped`. */
function reached(sql: Sql, whenLocked: WhenLocked) {
  if (whenLocked === 'wait') return sql`and (select count(*) from held) >= 0`
  return sql`and (ending is null or (
    not exists (select from holds where operation_id = asked.id and resource_id not in (select id from held))
    and (environment_id is null or pg_try_advisory_xact_lock_shared(7232018, (environment_id % 2147483647)::int))))`
}

const closing = (sql: Sql) => sql`
  update steps s set state = closing->>'state', closed_fence = judged.fence, finished_at = clock_timestamp(), progress = null,
    output = closing->'output', error = closing->>'error'
  from judged where verdict in ('done', 'settled') and s.operation_id = judged.id and s.index = (closing->>'index')::int
    and s.direction = closing->>'direction' and s.attempt = (closing->>'attempt')::int and s.state = 'started'
  returning s.operation_id`

function changing(sql: Sql, has: (part: keyof Asked) => boolean) {
  const ended = sql`(ending is not null and verdict = 'done')`
  const begins = sql`(rolling is not null and o.status = 'running')`
  const changes = [
    // What is left over is added with the closing, so that a repeated closing does not add it twice.
    has('closing') && sql`leftovers = case when closed.operation_id is not null and closing ? 'leftover' then leftovers || jsonb_build_array(closing->'leftover') else leftovers end`,
    has('closing') && sql`lasting = case when closed.operation_id is not null and closing ? 'lasting' then lasting || jsonb_build_array(closing->'lasting') else lasting end`,
    has('opening') && sql`past_return = o.past_return or (verdict = 'done' and coalesce((opening->>'noReturn')::boolean, false))`,
    has('rolling') && sql`
      reason = case when ${begins} then rolling->>'reason' else reason end,
      error = case when ${begins} then rolling->>'error' else error end,
      failed_step = case when ${begins} then rolling->>'failedStep' else failed_step end,
      rollback_started_at = case when ${begins} then clock_timestamp() else rollback_started_at end`,
    has('worded') && sql`plan = coalesce(worded, plan)`,
    (has('rolling') || has('ending')) && sql`
      status = case when ${ended} then (ending->>'status')::operation_status when ${begins} then 'rolling_back' else o.status end`,
    has('ending') && sql`
      rollback = case when ${ended} then ending->>'rollback' else rollback end,
      finished_at = case when ${ended} then clock_timestamp() else finished_at end`,
    (has('ending') || has('hands_over')) && sql`runner_id = case when ${ended} or hands_over then null else runner_id end`,
    has('hands_over') && sql`
      fence = case when hands_over then nextval('operation_fence') else o.fence end,
      claims = case when hands_over then claims - 1 else claims end`,
  ].filter((change) => change !== false)
  return sql`
    update operations o set ${changes.flatMap((change, at) => (at === 0 ? change : sql`, ${change}`))}
    from judged left join closed on closed.operation_id = judged.id
    where o.id = judged.id and changes and verdict in ('done', 'settled') ${afterClosing(sql)}`
}

/** A step is closed under the fence that it was opened under, and at most one of an operation is open. */
const afterClosing = (sql: Sql) => sql`and (select count(*) from closed) >= 0`

const passing = (sql: Sql) => sql`
  insert into steps (operation_id, index, direction, attempt, name, state, fence, closed_fence, finished_at)
  select id, (one->>'index')::int, one->>'direction', (one->>'attempt')::int, one->>'name', 'succeeded', fence, fence, clock_timestamp()
  from judged cross join lateral jsonb_array_elements(passing) one where verdict = 'done' ${afterClosing(sql)}
  on conflict (operation_id, index, direction, attempt) do nothing
  returning operation_id`

const opening = (sql: Sql, has: (part: keyof Asked) => boolean) => sql`
  insert into steps (operation_id, index, direction, attempt, name, state, fence, names)
  select id, (opening->>'index')::int, opening->>'direction', (opening->>'attempt')::int, opening->>'name', 'started', fence, opening->'names'
  from judged where verdict = 'done' and opening is not null ${afterClosing(sql)} ${has('passing') ? sql`and (select count(*) from passed) >= 0` : sql``}
  on conflict (operation_id, index, direction, attempt) do nothing`

/** Only what was held alone is in doubt: an app that could not be created does not block its environment. */
const blocking = (sql: Sql) => sql`
  insert into blocks (resource_id, operation_id)
  select resource_id, operation_id from holds join judged on judged.id = operation_id
  where ending->>'rollback' = 'incomplete' and mode = 'exclusive' and verdict = 'done'
  on conflict do nothing`

const writing = (sql: Sql) => sql`
  insert into log_lines (operation_id, seq, at, step, source, stream, text, position)
  select id, l.seq, l.at, l.step, l.source, l.stream, l.text, l.position
  from judged cross join lateral ${linesOf(sql, sql`lines`)} where verdict in ('done', 'settled')
  on conflict do nothing`

const speaking = (sql: Sql) => sql`
  insert into log_lines (operation_id, seq, at, source, stream, text)
  select judged.id, greatest((lines->-1->>'seq')::bigint, (select max(seq) from log_lines where operation_id = judged.id), 0) + 1,
    clock_timestamp(), 'davit', 'stdout', ending->>'words'
  from judged where ending is not null and verdict = 'done'`

/** Lines as rows, from a JSON array of them. */
export function linesOf(sql: Sql, lines: ReturnType<Sql>) {
  return sql`jsonb_to_recordset(${lines}) as l(seq bigint, at timestamptz, step int, source text, stream text, text text, position bigint)`
}
