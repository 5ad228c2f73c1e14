import { setTimeout as pause } from 'node:timers/promises'
import { HandOver } from '../drivers/driver.ts'
import type { Step } from './define.ts'
import { ATTEMPTS_MAX, cancelWords, stopped, wordsOf } from './attempt.ts'
import { handsFor } from './hands.ts'
import type { Transition } from './journal.ts'
import { namesOf } from './names.ts'
import { isStale } from './outage.ts'
import { advance, nextAttempt, type Run } from './run.ts'

const COMPENSATION_LIMIT_MS = 600_000

/**
 * Undoes every step whose run was ever begun, last first, and ends the operation. Nothing interrupts it
 * but the loss of its runner; one compensation that fails does not keep the others from running.
 */
export async function rollBack(run: Run, closing: Transition['close']): Promise<void> {
  const { claimed, definition, log } = run
  if (!claimed.journal.some((row) => row.direction === 'compensate')) log.say(null, `A rollback began: ${why(run)}.`)
  const leftovers = [...claimed.leftovers]
  const compensated = new Set(claimed.journal.filter((row) => row.direction === 'compensate' && row.state === 'succeeded').map((row) => row.index))
  let close = closing
  for (let index = lastBegun(run); index >= 0; index--) {
    const step = definition.steps[index]!
    if (!step.compensate || compensated.has(index) || alreadyGivenUp(run, index)) continue
    const result = await compensate(run, step, index, close)
    close = result.close
    if (result.failure) leftovers.push(result.failure)
  }
  const status = run.rollingBack === 'cancelled' ? 'cancelled' : 'failed'
  const rollback = leftovers.length === 0 ? 'complete' : 'incomplete'
  log.say(null, definition.trivial ? 'There was nothing to roll back.' : ending(leftovers))
  await run.kit.at('end', { operationId: claimed.id, step: -1, direction: 'compensate' })
  await advance(run, { close, end: { status, rollback } })
}

function why(run: Run): string {
  if (run.rollingBack === 'cancelled') return `the operation was ${cancelWords(run)}`
  if (run.rollingBack === 'timeout') return 'a limit passed'
  return run.rollingBack === 'crashes' ? 'its runners died again and again' : 'a step failed'
}

function ending(leftovers: string[]): string {
  if (leftovers.length === 0) return 'The rollback is complete: everything was put back.'
  return ['The rollback is incomplete. Could not be put back:', ...leftovers.map((leftover) => `  - ${leftover}`)].join('\n')
}

function lastBegun(run: Run): number {
  return Math.max(-1, ...[...run.attempts.keys()].filter((key) => key.startsWith('run ')).map((key) => Number(key.slice(4))))
}

/** Its last attempt failed and its leftover is on the operation: a former owner has been through here. */
function alreadyGivenUp(run: Run, index: number): boolean {
  const failed = run.claimed.journal.filter((row) => row.direction === 'compensate' && row.index === index && row.state === 'failed')
  return failed.length >= ATTEMPTS_MAX
}

async function compensate(run: Run, step: Step, index: number, closing: Transition['close']) {
  let close = closing
  let leftover: string | undefined
  run.log.say(index, `Undoing step ${index + 1}, ${step.name}: ${step.undoes}`)
  const before = run.claimed.journal.filter((row) => row.direction === 'compensate' && row.index === index && row.state === 'failed').length
  for (let tries = before + 1; ; tries++) {
    if (run.draining) {
      await advance(run, { close })
      throw new HandOver()
    }
    const attempt = nextAttempt(run, index, 'compensate')
    const names = namesOf(run, index)
    await advance(run, { close, open: { ...attempt, name: step.name, names } })
    const error = await attemptCompensation(run, step, attempt, names)
    if (error === null) {
      run.log.say(index, `Undone: ${step.undoes}`)
      return { close: { ...attempt, state: 'succeeded' as const }, failure: null }
    }
    close = { ...attempt, state: 'failed', error }
    if (tries >= ATTEMPTS_MAX) {
      leftover = `${step.undoes}: ${error}`
      run.log.say(index, `Could not ${step.undoes}, after ${tries} tries: ${error}`)
      await advance(run, { close, leftover })
      return { close: undefined, failure: leftover }
    }
    run.log.say(index, `${step.undoes} failed and is tried again: ${error}`)
    await pause(run.kit.backOffMs(tries), undefined, { signal: run.letGo.signal }).catch((reason: unknown) => {
      throw run.letGo.signal.reason ?? reason
    })
  }
}

async function attemptCompensation(run: Run, step: Step, attempt: ReturnType<typeof nextAttempt>, names: string[]): Promise<string | null> {
  const detail = { operationId: run.claimed.id, step: attempt.index, direction: 'compensate' as const }
  const limit = AbortSignal.timeout(COMPENSATION_LIMIT_MS)
  try {
    await run.kit.at('opened', detail)
    const hands = handsFor(run, attempt, names, AbortSignal.any([run.letGo.signal, limit]))
    await stopped(run, Promise.resolve(step.compensate!(run.known as never, hands)), [], attempt)
    await run.kit.at('ran', detail)
    return null
  } catch (error) {
    if (error instanceof HandOver || isStale(error) || run.letGo.signal.aborted) throw run.letGo.signal.reason ?? error
    return wordsOf(error)
  }
}
