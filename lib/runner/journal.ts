import type { Lasting, PlannedStep } from '#drizzle/schema/operation.ts'
import type { Sql } from '../db/client.ts'
import { lockHeldResources } from './hold.ts'
import type { PendingLine } from './log.ts'
import { StaleFence } from './outage.ts'

export type Direction = 'run' | 'compensate'
export type AttemptState = 'started' | 'succeeded' | 'failed' | 'unknown'

export interface Attempt {
  index: number
  direction: Direction
  attempt: number
}

/** What one transaction of the journal does, in this order. */
export interface Transition {
  close?: Attempt & {
    state: Exclude<AttemptState, 'started'>
    output?: unknown
    error?: string
    /** Added to what could not be put back, or not be finished after the point of no return. */
    leftover?: string
    /** Added to what Davit cannot undo. */
    lasting?: Lasting
  }
  /** running → rolling_back. */
  rollBack?: { reason: 'error' | 'cancelled' | 'timeout' | 'crashes'; error: string; failedStep: string | null }
  open?: Attempt & { name: string; names: string[]; noReturn?: boolean }
  /** The plan in the words of what is known by now. */
  plan?: PlannedStep[]
  /** Lets go of it, so that another runner goes on. It does not count as a death. */
  handOver?: boolean
  /** `words` is the last line of the log; it stands there only if this is how the operation ended. */
  end?: { status: 'succeeded' | 'failed' | 'cancelled'; rollback: 'complete' | 'incomplete' | null; words: string }
}

export interface Owned {
  id: number
  fence: number
}

/**
 * `settled`: a cancel or a failure came first; what was closed is closed, nothing was opened or ended as
 * succeeded. `late`: a rollback was asked for after the end or the point of no return; nothing was written.
 */
export type Answer = 'done' | 'settled' | 'late'

/**
 * Writes one transition. Closing one step and opening the next is one statement, and so one commit, and an end
 * hands on what was held within it. It may be repeated when the answer to its commit was lost: every part names
 * its row and its state.
 * @throws StaleFence when the operation has another owner.
 */
export async function transition(sql: Sql, owned: Owned, change: Transition, lines: PendingLine[]): Promise<Answer> {
  const found = answerIn(await write(sql, owned, change, lines), owned)
  // The answer to its opening was lost, and a cancel came after it.
  if (found === 'settled' && change.open && (await isOpen(sql, owned, change.open))) return 'done'
  return found
}

type Verdict = { verdict: Answer | 'stale' }[]

function answerIn([row]: Verdict, { id }: Owned): Answer {
  if (!row || row.verdict === 'stale') throw new StaleFence(id)
  return row.verdict
}

/**
 * Each part waits for `verdict`, which waits for the operation's row lock; it is what makes the fence hold: a
 * takeover waits for this commit, or is seen here. Locks are taken in the order resource → operation → step.
 * A part that has nothing to do is left out: what is not in a statement costs nothing to parse and to start.
 */
function write(sql: Sql, owned: Owned, { close, rollBack, open, plan, handOver, end }: Transition, lines: PendingLine[]): PromiseLike<Verdict> {
  const forward = open?.direction === 'run' || end?.status === 'succeeded'
  return sql<Verdict>`
    with ${end ? sql`held as (${lockHeldResources(sql, owned.id)}),` : sql``}
    mine as (
      select id, fence, status, past_return, cancel_requested_at is not null as cancelled, finished_at is not null as ended
      from operations where id = ${owned.id} ${end ? sql`and (select count(*) from held) >= 0` : sql``} for no key update
    ), judged as (
      select case when fence <> ${owned.fence} then 'stale'
        ${rollBack ? sql`when ended or past_return then 'late'` : sql``}
        when ended then 'ended'
        ${forward ? sql`when cancelled or status = 'rolling_back' then 'settled'` : sql``}
        else 'done' end as verdict from mine
    ) ${close ? sql`, closed as (${closing(sql, owned, close)})` : sql``}
    ${close?.leftover !== undefined || close?.lasting || open?.noReturn || rollBack || plan || handOver || end ? sql`, changed as (${changing(sql, owned, { close, rollBack, open, plan, handOver, end })})` : sql``}
    ${open ? sql`, opened as (${opening(sql, owned, open, close)})` : sql``}
    ${end?.rollback === 'incomplete' ? sql`, blocking as (${blocking(sql, owned)})` : sql``}
    ${lines.length > 0 ? sql`, written as (${writing(sql, owned, lines)})` : sql``}
    ${end ? sql`, last_words as (${ending(sql, owned, end, lines)})` : sql``}
    select case verdict when 'ended' then 'done' else verdict end as verdict
      ${rollBack || handOver ? sql`, case when verdict in ('done', 'settled') then pg_notify('davit_operations', ${String(owned.id)}) end` : sql``}
      ${handOver ? sql`, case when verdict in ('done', 'settled') then pg_notify('davit_ready', '') end` : sql``}
    from judged`
}

const closing = (sql: Sql, owned: Owned, close: NonNullable<Transition['close']>) => sql`
  update steps set state = ${close.state}, closed_fence = ${owned.fence}, finished_at = clock_timestamp(), progress = null,
    output = ${close.output === undefined ? null : JSON.stringify(close.output)}::jsonb, error = ${close.error ?? null}
  from judged where verdict in ('done', 'settled') and operation_id = ${owned.id} and index = ${close.index}
    and direction = ${close.direction} and attempt = ${close.attempt} and state = 'started'
  returning operation_id`

function changing(sql: Sql, owned: Owned, { close, rollBack, open, plan, handOver, end }: Transition) {
  const changes = [
    // What is left over is added with the closing, so that a repeated closing does not add it twice.
    close?.leftover !== undefined && sql`leftovers = case when exists (select from closed) then leftovers || ${JSON.stringify([close.leftover])}::jsonb else leftovers end`,
    close?.lasting && sql`lasting = case when exists (select from closed) then lasting || ${JSON.stringify([close.lasting])}::jsonb else lasting end`,
    open?.noReturn && sql`past_return = past_return or verdict = 'done'`,
    rollBack && sql`
      reason = case when status = 'running' then ${rollBack.reason} else reason end,
      error = case when status = 'running' then ${rollBack.error} else error end,
      failed_step = case when status = 'running' then ${rollBack.failedStep} else failed_step end,
      rollback_started_at = case when status = 'running' then clock_timestamp() else rollback_started_at end`,
    plan && sql`plan = ${JSON.stringify(plan)}::jsonb`,
    rollBack && !end && sql`status = case when status = 'running' then 'rolling_back' else status end`,
    end && sql`
      status = case when verdict = 'done' then ${end.status}::operation_status ${rollBack ? sql`when status = 'running' then 'rolling_back'` : sql``} else status end,
      rollback = case when verdict = 'done' then ${end.rollback} else rollback end,
      finished_at = case when verdict = 'done' then clock_timestamp() else finished_at end,
      runner_id = case when verdict = 'done' then null else runner_id end`,
    handOver && sql`runner_id = null, fence = nextval('operation_fence'), claims = claims - 1`,
  ].filter((change) => change !== undefined && change !== false)
  return sql`
    update operations set ${changes.flatMap((change, at) => (at === 0 ? change : sql`, ${change}`))}
    from judged where id = ${owned.id} and verdict in ('done', 'settled') ${afterClosing(sql, close)}`
}

/** A step is closed under the fence that it was opened under, and at most one of an operation is open. */
const afterClosing = (sql: Sql, close: Transition['close']) => (close ? sql`and (select count(*) from closed) >= 0` : sql``)

const opening = (sql: Sql, owned: Owned, open: NonNullable<Transition['open']>, close: Transition['close']) => sql`
  insert into steps (operation_id, index, direction, attempt, name, state, fence, names)
  select ${owned.id}, ${open.index}, ${open.direction}, ${open.attempt}, ${open.name}, 'started', ${owned.fence}, ${JSON.stringify(open.names)}::jsonb
  from judged where verdict = 'done' ${afterClosing(sql, close)}
  on conflict (operation_id, index, direction, attempt) do nothing`

/** Only what was held alone is in doubt: an app that could not be created does not block its environment. */
const blocking = (sql: Sql, owned: Owned) => sql`
  insert into blocks (resource_id, operation_id)
  select resource_id, operation_id from holds, judged where operation_id = ${owned.id} and mode = 'exclusive' and verdict = 'done'
  on conflict do nothing`

const writing = (sql: Sql, owned: Owned, lines: PendingLine[]) => sql`
  insert into log_lines (operation_id, seq, at, step, source, stream, text, position)
  select ${owned.id}, l.seq, l.at, l.step, l.source, l.stream, l.text, l.position
  from ${linesOf(sql, lines)}, judged where verdict in ('done', 'settled')
  on conflict do nothing`

const ending = (sql: Sql, owned: Owned, end: NonNullable<Transition['end']>, lines: PendingLine[]) => sql`
  insert into log_lines (operation_id, seq, at, source, stream, text)
  select ${owned.id}, greatest(${lines.at(-1)?.seq ?? 0}, (select coalesce(max(seq), 0) from log_lines where operation_id = ${owned.id})) + 1,
    clock_timestamp(), 'davit', 'stdout', ${end.words}
  from judged where verdict = 'done'`

function linesOf(sql: Sql, lines: PendingLine[]) {
  return sql`jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
    as l(seq bigint, at timestamptz, step int, source text, stream text, text text, position bigint)`
}

async function isOpen(sql: Sql, owned: Owned, { index, direction, attempt }: Attempt): Promise<boolean> {
  const rows = await sql`
    select from steps where operation_id = ${owned.id} and index = ${index} and direction = ${direction} and attempt = ${attempt}`
  return rows.length > 0
}

/**
 * Writes lines alone, between transitions. The shared lock on the row conflicts with a takeover's: a
 * runner that lost its operation cannot add to its log.
 */
export async function flushLines(sql: Sql, owned: Owned, lines: PendingLine[]): Promise<void> {
  const rows = await sql`
    with mine as (
      select fence from operations where id = ${owned.id} and finished_at is null for share
    ), written as (
      insert into log_lines (operation_id, seq, at, step, source, stream, text, position)
      select ${owned.id}, l.seq, l.at, l.step, l.source, l.stream, l.text, l.position
      from ${linesOf(sql, lines)}, mine where fence = ${owned.fence}
      on conflict do nothing
    )
    select from mine where fence = ${owned.fence}`
  if (rows.length === 0) throw new StaleFence(owned.id)
}

/** What a step says it is waiting for; shown while it runs and gone when it is closed. The operation is locked before the step, as everywhere. */
export async function writeProgress(sql: Sql, owned: Owned, attempt: Attempt, text: string): Promise<void> {
  await sql`
    with mine as (select id from operations where id = ${owned.id} and fence = ${owned.fence} for no key update)
    update steps set progress = ${text} from mine
    where operation_id = mine.id and index = ${attempt.index} and direction = ${attempt.direction}
      and attempt = ${attempt.attempt} and state = 'started'`
}
