import { setTimeout as pause } from 'node:timers/promises'
import { isOutage } from '../db/outage.ts'
import { HandOver } from '../drivers/driver.ts'
import { inSentence } from '../sentence.ts'
import { attemptStep, ATTEMPTS_MAX, cancelWords, throwIfLetGo, wordsOf } from './attempt.ts'
import { conclude } from './conclude.ts'
import { type AfterCrash, type Step, wordsOf as wordsOfStep } from './define.ts'
import { handsFor } from './hands.ts'
import type { Attempt, Transition } from './journal.ts'
import { namesOf } from './names.ts'
import { isStale, throughOutages } from './outage.ts'
import { rollBack } from './roll-back.ts'
import { advance, Interrupted, interrupt, nextAttempt, type Run } from './run.ts'

/** An operation that kills more runners than this before its point of no return is rolled back. */
const CLAIMS_MAX = 5
const AFTER_CRASH_LIMIT_MS = 60_000

type Closing = NonNullable<Transition['close']>
type Opening = NonNullable<Transition['open']>

/** Carries one operation out, from wherever its journal says it is, to its end or until it is let go. */
export async function execute(run: Run): Promise<void> {
  try {
    await carryOn(run).catch((error: unknown) => {
      if (error instanceof HandOver) return handOver(run)
      throw error
    })
  } catch (error) {
    // Another runner owns it by now, or will: this one must not even write that down.
    if (isStale(error) || !run.kit.alive() || (run.letGo.signal.aborted && isOutage(error))) return
    throw error
  }
}

async function carryOn(run: Run): Promise<void> {
  const taken = await takeOver(run)
  if (run.rollingBack !== null) return rollBack(run, taken.closing ?? neverBegun(run))
  const closing = await goForward(run, taken)
  if (closing !== 'ended') await rollBack(run, closing)
}

/** A cancel came after the claim, which opened the first step, and before its code. What was opened is closed and undone, like any other. */
function neverBegun(run: Run): Transition['close'] {
  if (!run.claimed.opened) return undefined
  return { ...nextAttempt(run, 0, 'run'), state: 'failed', error: 'it was cancelled before it began' }
}

interface Taken {
  closing: Transition['close']
  /** The step to go on with. */
  index: number
}

/** Reads the journal, finds what a former owner left open, and decides how to go on. */
async function takeOver(run: Run): Promise<Taken> {
  let index = 0
  let closing: Transition['close']
  for (const row of run.claimed.journal) {
    run.attempts.set(`${row.direction} ${row.index}`, row.attempt)
    if (row.state === 'started') closing = { ...row, state: 'unknown', output: undefined, error: 'its runner died, or let go' }
    if (row.direction !== 'run') continue
    // One that was begun says that those before it are through: finished, or given up past the point of no return.
    index = Math.max(index, row.state === 'succeeded' ? row.index + 1 : row.index)
    if (row.state === 'succeeded') Object.assign(run.known, row.output)
  }
  await run.kit.at('taken over', { operationId: run.claimed.id, step: index, direction: 'run' })
  if (run.claimed.journal.length > 0) run.log.say(null, 'Another runner goes on with this operation.')
  if (run.rollingBack !== null) return { closing, index }
  const refusal = await refuseToGoOn(run, index, closing)
  if (refusal === null) return { closing, index }
  await beginRollback(run, refusal.reason, refusal.error, run.definition.steps[index]?.name ?? null, closing)
  return { closing: undefined, index }
}

/** Why the operation is rolled back rather than gone on with; null when it is gone on with. */
async function refuseToGoOn(run: Run, index: number, open: Transition['close']): Promise<{ reason: 'error' | 'crashes'; error: string } | null> {
  if (run.pastReturn) return null
  if (run.claimed.claims > CLAIMS_MAX) return { reason: 'crashes', error: `${run.claimed.claims - 1} runners died while they carried it out` }
  const reason = 'error'
  const { plan } = run.claimed
  const known = run.definition.steps.length === plan.length && run.definition.steps.every(({ name }, at) => name === plan[at]!.name)
  if (!known) return { reason, error: 'it was recorded by another version of Davit, whose steps are others; run it again' }
  const step = run.definition.steps[index]
  if (!open || !step?.afterCrash) return null
  const began = `its runner died in the step "${step.name}"`
  try {
    const answer = await askAfterCrash(run, step, open, index)
    return answer === 'roll back' ? { reason, error: `${began}, which cannot be gone on with` } : null
  } catch (error) {
    throwIfLetGo(run, error)
    return { reason, error: `${began}, and how far it came could not be told: ${wordsOf(run, error)}` }
  }
}

function askAfterCrash(run: Run, step: Step, open: Attempt, index: number): Promise<AfterCrash> {
  const signal = AbortSignal.any([run.letGo.signal, run.stopStep.signal, AbortSignal.timeout(AFTER_CRASH_LIMIT_MS)])
  return throughOutages(
    async () => step.afterCrash!(run.known as never, handsFor(run, open, namesOf(run, index), signal)),
    () => run.kit.alive() && !signal.aborted,
  )
}

async function beginRollback(run: Run, reason: 'error' | 'crashes', error: string, failedStep: string | null, close: Transition['close']) {
  await advance(run, { close, rollBack: { reason, error, failedStep } })
  run.rollingBack ??= reason
}

/** `ended` when there is nothing more to do here, or what the rollback has to close first. */
async function goForward(run: Run, taken: Taken): Promise<'ended' | Transition['close']> {
  const { steps } = run.definition
  let { closing, index } = giveUpDeadly(run, taken)
  for (; index < steps.length; index++) {
    if (await pass(run, steps[index]!, index)) continue
    const done = await finishStep(run, steps[index]!, index, closing)
    if (!done.goOn) return done.outcome
    closing = done.closing
  }
  await conclude(run, 'run')
  await run.kit.at('end', { operationId: run.claimed.id, step: steps.length, direction: 'run' })
  const words = run.leftovers.length > 0 ? 'Succeeded; what could not be finished is listed.' : 'Succeeded.'
  const ended = await advance(run, { close: closing, end: { status: 'succeeded', rollback: null, words } })
  return ended === 'done' ? 'ended' : afterSettled(run)
}

/** A step without anything to do is not opened, unless it is the point of no return: no commit is waited for. */
async function pass(run: Run, step: Step, index: number): Promise<boolean> {
  const why = wordsOfStep(step.skips, run.known)
  const isOpen = run.attempts.has(`run ${index}`) || (run.claimed.opened && index === 0)
  if (why === null || isOpen || run.draining || (step.pointOfNoReturn && !run.pastReturn)) return false
  await run.kit.at('passed', { operationId: run.claimed.id, step: index, direction: 'run' })
  run.log.say(index, `Step ${index + 1} of ${run.definition.steps.length}: ${step.name}: ${why}`)
  run.passed.push({ index, direction: 'run', attempt: 1, name: step.name })
  return true
}

type Finished = { goOn: true; closing: Closing } | { goOn: false; outcome: 'ended' | Transition['close'] }

/** Carries out one step; past the point of no return as often as it takes, or until it is given up. */
async function finishStep(run: Run, step: Step, index: number, before: Transition['close']): Promise<Finished> {
  let close = before
  for (let tries = 1; ; tries++) {
    if (run.draining) {
      await advance(run, { close, handOver: true })
      return { goOn: false, outcome: 'ended' }
    }
    const { open, defect } = prepare(run, step, index)
    run.log.say(index, `Step ${index + 1} of ${run.definition.steps.length}: ${step.name}`)
    const openedByClaim = run.claimed.opened && index === 0 && tries === 1
    if (!openedByClaim && (await advance(run, { close, open })) !== 'done') return { goOn: false, outcome: await afterSettled(run) }
    const closing = defect ?? (await attemptStep(run, step, open, open.names))
    close = closing
    if (closing.state === 'succeeded') return { goOn: true, closing }
    if (run.rollingBack !== null) return { goOn: false, outcome: closing }
    if (!run.pastReturn) {
      run.log.say(index, `Step ${index + 1}, ${step.name}, failed: ${closing.error}`)
      await beginRollback(run, 'error', closing.error ?? 'it failed', step.name, closing)
      return { goOn: false, outcome: undefined }
    }
    if (tries === ATTEMPTS_MAX) return { goOn: true, closing: giveUp(run, step, closing, `after ${tries} tries: ${inSentence(closing.error ?? 'it failed')}`) }
    run.log.say(index, `${step.name} failed and is tried again: ${closing.error}`)
    await pause(run.kit.backOffMs(tries), undefined, { signal: run.letGo.signal }).catch((error: unknown) => throwIfLetGo(run, error))
  }
}

/** What is journaled before the step acts. Where its definition cannot tell, the attempt has failed already. */
function prepare(run: Run, step: Step, index: number): { open: Opening; defect?: Closing } {
  const attempt = { ...nextAttempt(run, index, 'run'), name: step.name }
  try {
    return { open: { ...attempt, names: namesOf(run, index), noReturn: step.pointOfNoReturn?.(run.known as never) ?? false } }
  } catch (error) {
    return { open: { ...attempt, names: [] }, defect: { ...attempt, state: 'failed', error: wordsOf(run, error) } }
  }
}

function giveUp(run: Run, step: Step, closing: Closing, why: string): Closing {
  run.log.say(closing.index, `${step.name} could not be finished, ${why}. It is past the point of no return, so the operation goes on.`)
  const leftover = `${step.name}: ${closing.error}`
  run.leftovers.push(leftover)
  return { ...closing, leftover }
}

/** Past the point of no return a step that kills its runners is given up, so that the operation ends. */
function giveUpDeadly(run: Run, { closing, index }: Taken): Taken {
  const step = run.definition.steps[index]
  const deaths = run.claimed.journal.filter((row) => row.direction === 'run' && row.index === index && (row.state === 'unknown' || row.state === 'started'))
  if (!step || !closing || !run.pastReturn || run.claimed.claims <= CLAIMS_MAX || deaths.length < CLAIMS_MAX) return { closing, index }
  return { closing: giveUp(run, step, closing, `${deaths.length} runners died in it`), index: index + 1 }
}

/** A cancel was accepted before the next step could open. What had to be closed is closed. */
async function afterSettled(run: Run): Promise<undefined> {
  run.cancelledBy ??= await throughOutages(() => readCanceller(run), run.kit.alive)
  await interrupt(run, new Interrupted('cancelled', cancelWords(run)))
  return undefined
}

/** Its NOTIFY may still be on its way. */
async function readCanceller({ kit, claimed }: Run): Promise<string | null> {
  const [row] = await kit.sql<{ by: string | null }[]>`select cancel_requested_by as by from operations where id = ${claimed.id}`
  return row?.by ?? null
}

async function handOver(run: Run): Promise<void> {
  run.log.say(null, 'This runner is stopping; another goes on with this operation.')
  await advance(run, { handOver: true })
}
