import { setTimeout as pause } from 'node:timers/promises'
import type { Lasting } from '#drizzle/schema/operation.ts'
import { HandOver } from '../drivers/driver.ts'
import { type Step, wordsOf as wordsOfStep } from './define.ts'
import { ATTEMPTS_MAX, cancelWords, settled, throwIfLetGo, wordsOf } from './attempt.ts'
import { conclude } from './conclude.ts'
import { ending } from './ending.ts'
import { handsFor } from './hands.ts'
import type { Attempt, Transition } from './journal.ts'
import { namesOf } from './names.ts'
import { throughOutages } from './outage.ts'
import { advance, nextAttempt, type Run } from './run.ts'

const COMPENSATION_LIMIT_MS = 600_000
/** So many runners may die, or let go, in one compensation before it is given up. */
const INTERRUPTIONS_MAX = 10

/**
 * Undoes every step whose run was ever begun, last first, and ends the operation. Nothing interrupts it
 * but the loss of its runner; one compensation that fails does not keep the others from running.
 */
export async function rollBack(run: Run, closing: Transition['close']): Promise<void> {
  const { claimed, definition, leftovers, lasting, log } = run
  if (!claimed.journal.some((row) => row.direction === 'compensate')) log.say(null, `A rollback began: ${why(run)}.`)
  const compensated = new Set(claimed.journal.filter((row) => row.direction === 'compensate' && row.state === 'succeeded').map((row) => row.index))
  let close = closing
  for (let index = lastBegun(run); index >= 0; index--) {
    const step = planned(run, index)
    if (!step.compensate || compensated.has(index) || alreadyGivenUp(run, index)) continue
    close = await compensate(run, step, index, close)
  }
  const status = run.rollingBack === 'cancelled' ? 'cancelled' : 'failed'
  const rollback = leftovers.length === 0 ? 'complete' : 'incomplete'
  await conclude(run, 'compensate')
  if (leftovers.length > 0) log.say(null, ['Could not be put back:', ...leftovers.map((leftover) => `  - ${leftover}`)].join('\n'))
  await run.kit.at('end', { operationId: claimed.id, step: -1, direction: 'compensate' })
  await advance(run, { close, end: { status, rollback, words: ending(definition, leftovers, lasting) } })
}

function why(run: Run): string {
  if (run.rollingBack === 'cancelled') return `the operation was ${cancelWords(run)}`
  if (run.rollingBack === 'timeout') return 'a limit passed'
  return run.rollingBack === 'crashes' ? 'its runners died again and again' : 'a step failed'
}

/** The step as it was recorded. What this version's definition has in its place must not undo it. */
function planned({ claimed, definition }: Run, index: number): Step {
  const step = definition.steps[index]
  const plan = claimed.plan[index]
  if (step && step.name === plan?.name) return step
  const unknown = () => {
    throw new Error('this version of Davit has no such step any more')
  }
  return { name: plan?.name ?? '', undoes: plan?.undoes ?? null, run: unknown, compensate: plan?.undoes ? unknown : undefined }
}

function lastBegun(run: Run): number {
  return Math.max(-1, ...[...run.attempts.keys()].filter((key) => key.startsWith('run ')).map((key) => Number(key.slice(4))))
}

/** How often a former owner's attempts ended, closed or not, without having undone it. */
function triesBefore(run: Run, index: number) {
  const tries = run.claimed.journal.filter((row) => row.direction === 'compensate' && row.index === index)
  return {
    failed: tries.filter((row) => row.state === 'failed').length,
    cutShort: tries.filter((row) => row.state === 'unknown' || row.state === 'started').length,
    open: tries.some((row) => row.state === 'started'),
  }
}

/** What was left over is on the operation since its last attempt was closed: a former owner has been through here. */
function alreadyGivenUp(run: Run, index: number): boolean {
  const { failed, cutShort, open } = triesBefore(run, index)
  return !open && (failed >= ATTEMPTS_MAX || cutShort >= INTERRUPTIONS_MAX)
}

/** Resolves with what remains to be closed. */
async function compensate(run: Run, step: Step, index: number, closing: Transition['close']): Promise<Transition['close']> {
  let close = closing
  const before = triesBefore(run, index)
  if (before.cutShort >= INTERRUPTIONS_MAX && close) return giveUp(run, step, close, `${before.cutShort} runners died, or let go, while they did it`)
  const words = wordsOfStep(step.undoes, run.known)
  if (words !== null) run.log.say(index, `Undoing step ${index + 1}, ${step.name}: ${words}`)
  for (let tries = before.failed + 1; ; tries++) {
    if (run.draining) {
      await advance(run, { close })
      throw new HandOver()
    }
    const attempt = nextAttempt(run, index, 'compensate')
    const names = namesOf(run, index)
    await advance(run, { close, open: { ...attempt, name: step.name, names } })
    const error = await attemptCompensation(run, step, attempt, names)
    if (error === null) {
      if (words !== null) run.log.say(index, `Undone: ${words}`)
      return { ...attempt, state: 'succeeded', lasting: await findLasting(run, step, attempt) }
    }
    close = { ...attempt, state: 'failed', error }
    if (tries >= ATTEMPTS_MAX) return giveUp(run, step, close, error, `, after ${tries} tries`)
    run.log.say(index, `${words ?? `undo “${step.name}”`} failed and is tried again: ${error}`)
    await pause(run.kit.backOffMs(tries), undefined, { signal: run.letGo.signal }).catch((reason: unknown) => throwIfLetGo(run, reason))
  }
}

async function giveUp(run: Run, step: Step, close: NonNullable<Transition['close']>, error: string, tries = ''): Promise<undefined> {
  // A compensation that has nothing to undo may fail all the same, such as when the engine is away.
  const words = wordsOfStep(step.undoes, run.known) ?? `undo “${step.name}”`
  const leftover = `${words}: ${error}`
  run.log.say(close.index, `Could not ${words}${tries}: ${error}`)
  await advance(run, { close: { ...close, leftover, lasting: await findLasting(run, step, close) } })
  run.leftovers.push(leftover)
}

/** What stays of it, as it will be recorded with the closing of its compensation. */
async function findLasting(run: Run, step: Step, { index, direction, attempt }: Attempt): Promise<Lasting | undefined> {
  if (!step.lasting) return undefined
  const hands = handsFor(run, { index, direction, attempt }, namesOf(run, index), run.letGo.signal)
  try {
    const found = await throughOutages(async () => step.lasting!(run.known as never, hands), run.kit.alive)
    if (found === null) return undefined
    const clean = ({ by, did }: { by: string; did: string[] }) => ({ by, did: did.map(run.log.clean) })
    const lasting = { ...clean(found), answer: found.answer && clean(found.answer) }
    run.lasting.push(lasting)
    return lasting
  } catch (error) {
    throwIfLetGo(run, error)
    run.log.say(index, `What of ${step.name} cannot be undone is not known: ${wordsOf(run, error)}`)
    return undefined
  }
}

/** Null when it is undone. */
async function attemptCompensation(run: Run, step: Step, attempt: Attempt, names: string[]): Promise<string | null> {
  const detail = { operationId: run.claimed.id, step: attempt.index, direction: 'compensate' as const }
  const limit = AbortSignal.timeout(COMPENSATION_LIMIT_MS)
  try {
    await run.kit.at('opened', detail)
    const hands = handsFor(run, attempt, names, AbortSignal.any([run.letGo.signal, limit]))
    await settled(run, () => step.compensate!(run.known as never, hands), limit, [], attempt)
    await run.kit.at('ran', detail)
    return null
  } catch (error) {
    throwIfLetGo(run, error)
    return wordsOf(run, error)
  }
}
