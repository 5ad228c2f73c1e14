import type { Lasting, PlannedStep } from '#drizzle/schema/operation.ts'
import type { Sql } from '../db/client.ts'
import type { PendingLine } from './log.ts'
import { StaleFence } from './outage.ts'
import { type Entry, linesOf, type Verdict, writeEntries } from './write-entries.ts'

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
  /** Steps without anything to do, which come before what is opened or ended: they are written down as done with it. */
  passed?: (Attempt & { name: string })[]
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
 * Writes one transition, and waits for whoever has locked the operation. It may be repeated when the answer to its
 * commit was lost: every part names its row and its state.
 * @throws StaleFence when the operation has another owner.
 */
export async function transition(sql: Sql, owned: Owned, change: Transition, lines: PendingLine[]): Promise<Answer> {
  const entry = { owned, change, lines }
  return answerTo(sql, entry, (await writeEntries(sql, [entry], 'wait')).get(owned.id) ?? 'stale')
}

/** What was written of it, from what its statement said. */
export async function answerTo(sql: Sql, { owned, change }: Entry, verdict: Verdict): Promise<Answer> {
  if (verdict === 'stale') throw new StaleFence(owned.id)
  // The answer to its opening was lost, and a cancel came after it.
  if (verdict === 'settled' && change.open && (await isOpen(sql, owned, change.open))) return 'done'
  return verdict
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
      from ${linesOf(sql, sql`${JSON.stringify(lines)}::jsonb`)}, mine where fence = ${owned.fence}
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
