import { setTimeout as pause } from 'node:timers/promises'
import { HandOver } from '../drivers/driver.ts'
import { attemptStep, ATTEMPTS_MAX, cancelWords } from './attempt.ts'
import type { AfterCrash, Step } from './define.ts'
import { handsFor } from './hands.ts'
import type { Transition } from './journal.ts'
import { namesOf } from './names.ts'
import { isOutage, isStale } from './outage.ts'
import { rollBack } from './roll-back.ts'
import { advance, Interrupted, interrupt, nextAttempt, type Run } from './run.ts'

/** An operation that kills more runners than this before its point of no return is rolled back. */
const CLAIMS_MAX = 5

/** Carries one operation out, from wherever its journal says it is, to its end or until it is let go. */
export async function execute(run: Run): Promise<void> {
  try {
    const open = await takeOver(run)
    if (run.rollingBack === null) {
      const closing = await goForward(run, open)
      if (closing === 'ended') return
      await rollBack(run, closing)
    } else {
      await rollBack(run, open.closing)
    }
  } catch (error) {
    if (error instanceof HandOver) return handOver(run)
    // Another runner owns it by now, or will: this one must not even write that down.
    if (isStale(error) || !run.kit.alive() || (run.letGo.signal.aborted && isOutage(error))) return
    throw error
  }
}

interface Taken {
  closing: Transition['close']
  /** The step to go on with. */
  index: number
}

/** Reads the journal, closes what a former owner left open as unknown, and decides how to go on. */
async function takeOver(run: Run): Promise<Taken> {
  let index = 0
  let closing: Transition['close']
  for (const row of run.claimed.journal) {
    run.attempts.set(`${row.direction} ${row.index}`, row.attempt)
    if (row.state === 'started') closing = { ...row, state: 'unknown', output: undefined, error: 'its runner died, or let go' }
    if (row.direction === 'run' && row.state === 'succeeded') {
      Object.assign(run.known, row.output)
      index = Math.max(index, row.index + 1)
    }
  }
  await run.kit.at('taken over', { operationId: run.claimed.id, step: index, direction: 'run' })
  if (run.claimed.journal.length > 0) run.log.say(null, 'Another runner goes on with this operation.')
  if (run.rollingBack !== null) return { closing, index }
  const crashes = run.claimed.claims > CLAIMS_MAX && !run.pastReturn
  const answer = crashes ? 'roll back' : await afterCrash(run, index, closing)
  if (answer === 'roll back') {
    const name = run.definition.steps[index]?.name ?? null
    const error = crashes
      ? `${run.claimed.claims - 1} runners died while they carried it out`
      : `its runner died in the step "${name}", which cannot be gone on with`
    await beginRollback(run, crashes ? 'crashes' : 'error', error, name, closing)
    return { closing: undefined, index }
  }
  return { closing, index }
}

async function afterCrash(run: Run, index: number, closing: Transition['close']): Promise<AfterCrash> {
  const step = run.definition.steps[index]
  if (!closing || !step?.afterCrash || run.pastReturn) return 'run again'
  const hands = handsFor(run, closing, namesOf(run, index), run.letGo.signal)
  return step.afterCrash(run.known as never, hands)
}

async function beginRollback(run: Run, reason: 'error' | 'crashes', error: string, failedStep: string | null, close: Transition['close']) {
  await advance(run, { close, rollBack: { reason, error, failedStep } })
  run.rollingBack ??= reason
}

/** `ended` when there is nothing more to do here, or what the rollback has to close first. */
async function goForward(run: Run, taken: Taken): Promise<'ended' | Transition['close']> {
  let closing = taken.closing
  let leftover: string | undefined
  const { steps } = run.definition
  for (let index = taken.index; index < steps.length; index++) {
    const step = steps[index]!
    for (let tries = 1; ; tries++) {
      if (run.draining) {
        await advance(run, { close: closing, leftover, handOver: true })
        return 'ended'
      }
      const attempt = nextAttempt(run, index, 'run')
      run.log.say(index, `Step ${index + 1} of ${steps.length}: ${step.name}`)
      const opened = await advance(run, {
        close: closing,
        leftover,
        open: { ...attempt, name: step.name, names: namesOf(run, index), noReturn: isNoReturn(run, step) },
      })
      leftover = undefined
      if (opened !== 'done') return afterSettled(run, opened)
      closing = await attemptStep(run, step, attempt)
      if (closing.state === 'succeeded') break
      if (run.rollingBack !== null) return closing
      if (!run.pastReturn) {
        run.log.say(index, `Step ${index + 1}, ${step.name}, failed: ${closing.error}`)
        await beginRollback(run, 'error', closing.error ?? 'it failed', step.name, closing)
        return undefined
      }
      if (tries === ATTEMPTS_MAX) {
        leftover = `${step.name}: ${closing.error}`
        run.log.say(index, `${step.name} could not be finished after ${tries} tries: ${closing.error}. It is past the point of no return, so the operation goes on.`)
        break
      }
      run.log.say(index, `${step.name} failed and is tried again: ${closing.error}`)
      await pause(run.kit.backOffMs(tries), undefined, { signal: run.letGo.signal }).catch(rethrowReason(run))
    }
  }
  await run.kit.at('end', { operationId: run.claimed.id, step: steps.length, direction: 'run' })
  run.log.say(null, leftover || run.claimed.leftovers.length > 0 ? 'Succeeded; what could not be finished is listed.' : 'Succeeded.')
  const ended = await advance(run, { close: closing, leftover, end: { status: 'succeeded', rollback: null } })
  return ended === 'done' ? 'ended' : afterSettled(run, ended)
}

/** A cancel was accepted before the next step could open. What had to be closed is closed. */
async function afterSettled(run: Run, answer: 'settled' | 'late'): Promise<undefined> {
  if (answer === 'late') throw new Error('a rollback was asked for after the point of no return')
  await interrupt(run, new Interrupted('cancelled', cancelWords(run)), null)
  return undefined
}

function isNoReturn(run: Run, step: Step): boolean {
  return step.pointOfNoReturn?.(run.known as never) ?? false
}

interface Attempted {
  close: NonNullable<Transition['close']>
}

async function handOver(run: Run): Promise<void> {
  run.log.say(null, 'This runner is stopping; another goes on with this operation.')
  await advance(run, { handOver: true })
}

function rethrowReason(run: Run) {
  return (error: unknown): never => {
    throw run.letGo.signal.reason ?? error
  }
}
