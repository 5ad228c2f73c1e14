import type { Lasting, PlannedStep } from '#drizzle/schema/operation.ts'
import type { Driver } from '../drivers/driver.ts'
import type { Sql } from '../db/client.ts'
import type { Claimed } from './claim.ts'
import { type Definition, planOf, type Step } from './define.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Answer, Attempt, Direction, Transition } from './journal.ts'
import type { Channel } from './hints.ts'
import { createLog, type OperationLog } from './log.ts'
import { StaleFence, throughOutages } from './outage.ts'

/** Where a test may hold a runner, or leave it for dead. Production passes nothing here. */
export type At = (point: string, detail: { operationId: number; step: number; direction: Direction }) => Promise<void> | void

/** What a runner has that its operations need. */
export interface Kit {
  sql: Sql
  /** Every transition goes through it. */
  journal: GroupCommit
  /** Waits while the lease is in doubt; rejects once it is lost. */
  leaseHeld(): Promise<void>
  /** False once this runner has been left for dead: nothing is tried again. */
  alive(): boolean
  /** First part of every name: whose it is among several Davits on one engine. */
  installation: string
  openDriver(stackId: number): Promise<Driver>
  /** Before attempt n + 1 of a compensation, or of a step after the point of no return. */
  backOffMs(attempt: number): number
  graceMs: number
  at: At
  /** Says to whoever watches that something has changed. */
  hint(channel: Channel, operationId: number): void
  /** Writes waiting lines soon, or at once. */
  flush(urgent: boolean): void
  /** A defect: this runner hands over what else it does, and ends. */
  fail(error: unknown): void
}

/** One operation in the hands of this runner. */
export interface Run {
  claimed: Claimed
  definition: Definition
  kit: Kit
  log: OperationLog
  /** Input and what finished steps returned. */
  known: Record<string, unknown>
  /** Fires when the running step has to stop; its reason says why. */
  stopStep: AbortController
  /** Fires when this runner has to let go, also of a compensation. */
  letGo: AbortController
  /** The step whose code is running now. */
  running: Step | null
  /** At the next boundary between steps another runner goes on. */
  draining: boolean
  cancelledBy: string | null
  pastReturn: boolean
  /** Set once `rolling_back` is committed. */
  rollingBack: 'error' | 'cancelled' | 'timeout' | 'crashes' | null
  attempts: Map<string, number>
  /** Steps that were passed over since the last transition. */
  passed: NonNullable<Transition['passed']>
  /** What could not be put back, or not be finished. */
  leftovers: string[]
  /** What Davit cannot undo. */
  lasting: Lasting[]
  /** Its code does not stop: only the end of this process will. */
  deaf: boolean
}

export function createRun(claimed: Claimed, definition: Definition, kit: Kit): Run {
  return {
    claimed,
    definition,
    kit,
    log: createLog(claimed.lastSeq, claimed.logBytes, kit.flush),
    known: { ...(claimed.input as object) },
    stopStep: new AbortController(),
    letGo: new AbortController(),
    running: null,
    draining: false,
    cancelledBy: claimed.cancelRequestedBy,
    pastReturn: claimed.pastReturn,
    rollingBack: claimed.status === 'rolling_back' ? claimed.reason : null,
    attempts: new Map(),
    passed: [],
    leftovers: [...claimed.leftovers],
    lasting: [...claimed.lasting],
    deaf: false,
  }
}

/** The next attempt of a step; decided here and not in SQL, so that repeating a transition repeats the same row. */
export function nextAttempt(run: Run, index: number, direction: Direction): Attempt {
  const key = `${direction} ${index}`
  const attempt = (run.attempts.get(key) ?? 0) + 1
  run.attempts.set(key, attempt)
  return { index, direction, attempt }
}

/** It was never opened, so there is nothing of it to undo. */
function takeBack(run: Run, { index, direction, attempt }: Attempt): void {
  const key = `${direction} ${index}`
  if (attempt > 1) run.attempts.set(key, attempt - 1)
  else run.attempts.delete(key)
}

/** Writes a transition together with the log's waiting lines, in order, through outages of the db. */
export async function advance(run: Run, change: Transition): Promise<Answer> {
  const { kit, claimed } = run
  const plan = change.open || change.rollBack ? newWords(run) : undefined
  const goesForward = change.open?.direction === 'run' || change.end?.status === 'succeeded'
  const passed = goesForward ? run.passed.splice(0) : []
  const answer = await run.log.write(async (lines) => {
    const given = await throughOutages(() => kit.journal({ owned: claimed, change: { ...change, passed, plan }, lines }), kit.alive)
    if (lines.length > 0) kit.hint('davit_logs', claimed.id)
    return given
  })
  kit.hint('davit_operations', claimed.id)
  if (plan && answer !== 'late') claimed.plan = plan
  // Its end is the turn of others, and adds the log's last line.
  if (change.end) for (const channel of ['davit_ready', 'davit_logs'] as const) kit.hint(channel, claimed.id)
  if (answer === 'done') for (const { index, attempt } of passed) run.attempts.set(`run ${index}`, attempt)
  if (change.open && answer === 'done') run.pastReturn ||= change.open.noReturn ?? false
  else if (change.open) takeBack(run, change.open)
  return answer
}

/** The plan where what is known by now changes its words; one that another version of Davit recorded stays as it is. */
function newWords({ claimed, definition, known }: Run): PlannedStep[] | undefined {
  const plan = planOf(definition, known)
  const same = plan.length === claimed.plan.length && plan.every(({ name }, at) => name === claimed.plan[at]!.name)
  return same && !plan.every((step, at) => saysTheSame(step, claimed.plan[at]!)) ? plan : undefined
}

const saysTheSame = (one: PlannedStep, other: PlannedStep) =>
  one.undoes === other.undoes && one.leaves === other.leaves && one.skips === other.skips && one.pointOfNoReturn === other.pointOfNoReturn

/** Rejects unless this runner holds its lease and the operation's fence is still its own. */
export async function guard(run: Run): Promise<void> {
  const { kit, claimed } = run
  await kit.leaseHeld()
  const [row] = await throughOutages(
    () => kit.sql<{ fence: string }[]>`select fence from operations where id = ${claimed.id}`,
    kit.alive,
  )
  if (Number(row?.fence) !== claimed.fence || !kit.alive()) throw new StaleFence(claimed.id)
  if (run.letGo.signal.aborted) throw run.letGo.signal.reason
}

/** Why the running step has to stop: somebody asked, or a limit passed. */
export class Interrupted extends Error {
  readonly reason: 'cancelled' | 'timeout'

  constructor(reason: 'cancelled' | 'timeout', message: string) {
    super(message)
    this.name = 'Interrupted'
    this.reason = reason
  }
}

/**
 * Commits `rolling_back`, then stops the step that runs by then, unless it must not be cut in half. Returns
 * false when it came too late: the operation has ended or passed its point of no return.
 */
export async function interrupt(run: Run, cause: Interrupted): Promise<boolean> {
  if (run.pastReturn) return false
  if (run.rollingBack === null) {
    const answer = await advance(run, { rollBack: { reason: cause.reason, error: cause.message, failedStep: run.running?.name ?? null } })
    if (answer === 'late') return false
    run.rollingBack ??= cause.reason
  }
  if (run.running?.interruptible ?? true) run.stopStep.abort(cause)
  return true
}
