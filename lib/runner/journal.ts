import type postgres from 'postgres'
import type { Sql } from '../db/client.ts'
import { handOn, lockHeldResources } from './hold.ts'
import type { PendingLine } from './log.ts'
import { StaleFence } from './outage.ts'

type Tx = postgres.TransactionSql

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
  }
  /** running → rolling_back. */
  rollBack?: { reason: 'error' | 'cancelled' | 'timeout' | 'crashes'; error: string; failedStep: string | null }
  open?: Attempt & { name: string; names: string[]; noReturn?: boolean }
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
 * Writes one transition. Closing one step and opening the next is one commit. It may be repeated when
 * the answer to its commit was lost: every statement names its row and its state.
 * @throws StaleFence when the operation has another owner.
 */
export function transition(sql: Sql, owned: Owned, change: Transition, lines: PendingLine[]): Promise<Answer> {
  return sql.begin((tx) => write(tx, owned, change, lines)) as Promise<Answer>
}

async function write(tx: Tx, owned: Owned, change: Transition, lines: PendingLine[]): Promise<Answer> {
  const resourceIds = change.end ? await lockHeldResources(tx, owned.id) : []
  // The row lock is what makes the fence hold: a takeover waits for this commit, or is seen here.
  const [row] = await tx<{ fence: string; status: string; past: boolean; cancelled: boolean; ended: boolean }[]>`
    select fence, status, past_return as past, cancel_requested_at is not null as cancelled, finished_at is not null as ended
    from operations where id = ${owned.id} for no key update`
  if (!row || Number(row.fence) !== owned.fence) throw new StaleFence(owned.id)
  if (change.rollBack && (row.ended || row.past)) return 'late'
  if (row.ended) return 'done'
  const forward = change.open?.direction === 'run' || change.end?.status === 'succeeded'
  const settled = forward && (row.cancelled || row.status === 'rolling_back') && !(change.open && (await isOpen(tx, owned, change.open)))
  const writes: PromiseLike<unknown>[] = []
  if (change.close) writes.push(close(tx, owned, change.close))
  if (change.rollBack) writes.push(rollBack(tx, owned, change.rollBack))
  // Nobody awaits in between: the statements go out on one connection in this order.
  if (change.open?.noReturn && !settled) writes.push(tx`update operations set past_return = true where id = ${owned.id} and not past_return`)
  if (change.open && !settled) writes.push(open(tx, owned, change.open))
  if (lines.length > 0) writes.push(insertLines(tx, owned.id, lines))
  if (change.handOver) writes.push(letGo(tx, owned))
  writes.push(tx`select pg_notify('davit_operations', ${String(owned.id)})`)
  if (lines.length > 0 || change.end) writes.push(tx`select pg_notify('davit_logs', ${String(owned.id)})`)
  if (change.end && !settled) writes.push(...end(tx, owned, change.end, resourceIds))
  await Promise.all(writes)
  return settled ? 'settled' : 'done'
}

/** The answer to its opening was lost, and a cancel came after it. */
async function isOpen(tx: Tx, owned: Owned, { index, direction, attempt }: Attempt): Promise<boolean> {
  const rows = await tx`
    select from steps where operation_id = ${owned.id} and index = ${index} and direction = ${direction} and attempt = ${attempt}`
  return rows.length > 0
}

/** What is left over is added with the closing, so that a repeated closing does not add it twice. */
function close(tx: Tx, owned: Owned, change: NonNullable<Transition['close']>) {
  return tx`
    with closed as (
      update steps set state = ${change.state}, closed_fence = ${owned.fence}, finished_at = clock_timestamp(), progress = null,
        output = ${change.output === undefined ? null : JSON.stringify(change.output)}::jsonb, error = ${change.error ?? null}
      where operation_id = ${owned.id} and index = ${change.index} and direction = ${change.direction}
        and attempt = ${change.attempt} and state = 'started'
      returning operation_id
    )
    update operations set leftovers = leftovers || ${JSON.stringify([change.leftover])}::jsonb
    from closed where id = closed.operation_id and ${change.leftover !== undefined}`
}

function rollBack(tx: Tx, owned: Owned, change: NonNullable<Transition['rollBack']>) {
  return tx`
    update operations set status = 'rolling_back', reason = ${change.reason}, error = ${change.error},
      failed_step = ${change.failedStep}, rollback_started_at = clock_timestamp()
    where id = ${owned.id} and status = 'running' and not past_return`
}

function open(tx: Tx, owned: Owned, change: NonNullable<Transition['open']>) {
  return tx`
    insert into steps (operation_id, index, direction, attempt, name, state, fence, names)
    values (${owned.id}, ${change.index}, ${change.direction}, ${change.attempt}, ${change.name}, 'started', ${owned.fence},
      ${JSON.stringify(change.names)}::jsonb)
    on conflict (operation_id, index, direction, attempt) do nothing`
}

function letGo(tx: Tx, owned: Owned) {
  return tx`
    with let_go as (
      update operations set runner_id = null, fence = nextval('operation_fence'), claims = claims - 1
      where id = ${owned.id} and finished_at is null returning id
    ) select pg_notify('davit_ready', '') from let_go`
}

function end(tx: Tx, owned: Owned, change: NonNullable<Transition['end']>, resourceIds: number[]): PromiseLike<unknown>[] {
  // Only what was held alone is in doubt: an app that could not be created does not block its environment.
  return [
    tx`
      insert into blocks (resource_id, operation_id)
      select resource_id, operation_id from holds
      where operation_id = ${owned.id} and mode = 'exclusive' and ${change.rollback === 'incomplete'}
      on conflict do nothing`,
    tx`
      update operations set status = ${change.status}, rollback = ${change.rollback}, runner_id = null, finished_at = clock_timestamp()
      where id = ${owned.id} and finished_at is null`,
    tx`
      insert into log_lines (operation_id, seq, at, source, stream, text)
      select ${owned.id}, coalesce(max(seq), 0) + 1, clock_timestamp(), 'davit', 'stdout', ${change.words}
      from log_lines where operation_id = ${owned.id}`,
    ...handOn(tx, owned.id, resourceIds),
  ]
}

/** Lines go in with whatever else is written under the operation's row lock; the key makes it safe to repeat. */
export function insertLines(tx: Tx, operationId: number, lines: PendingLine[]) {
  return tx`
    insert into log_lines (operation_id, seq, at, step, source, stream, text, position)
    select ${operationId}, l.seq, l.at, l.step, l.source, l.stream, l.text, l.position
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(seq bigint, at timestamptz, step int, source text, stream text, text text, position bigint)
    on conflict do nothing`
}

/**
 * Writes lines alone, between transitions. The shared lock on the row conflicts with a takeover's: a
 * runner that lost its operation cannot add to its log.
 */
export function flushLines(sql: Sql, owned: Owned, lines: PendingLine[]): Promise<void> {
  return sql.begin(async (tx) => {
    const [row] = await tx<{ fence: string }[]>`select fence from operations where id = ${owned.id} and finished_at is null for share`
    if (!row || Number(row.fence) !== owned.fence) throw new StaleFence(owned.id)
    await insertLines(tx, owned.id, lines)
    await tx`select pg_notify('davit_logs', ${String(owned.id)})`
  }) as Promise<void>
}

/** What a step says it is waiting for; shown while it runs and gone when it is closed. The operation is locked before the step, as everywhere. */
export async function writeProgress(sql: Sql, owned: Owned, attempt: Attempt, text: string): Promise<void> {
  await sql`
    with mine as (select id from operations where id = ${owned.id} and fence = ${owned.fence} for no key update)
    update steps set progress = ${text} from mine
    where operation_id = mine.id and index = ${attempt.index} and direction = ${attempt.direction}
      and attempt = ${attempt.attempt} and state = 'started'`
  await sql`select pg_notify('davit_operations', ${String(owned.id)})`
}
