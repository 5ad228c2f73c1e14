import { HandOver } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import type { Step } from './define.ts'
import { handsFor } from './hands.ts'
import type { Attempt, Transition } from './journal.ts'
import { isStale, throughOutages } from './outage.ts'
import { guard, Interrupted, interrupt, type Run } from './run.ts'

export const ATTEMPTS_MAX = 5
const STEP_LIMIT_SECONDS = 600

type Closing = NonNullable<Transition['close']>

/** Runs one attempt and waits until it has really stopped. */
export async function attemptStep(run: Run, step: Step, attempt: Attempt, names: string[]): Promise<Closing> {
  const detail = { operationId: run.claimed.id, step: attempt.index, direction: 'run' as const }
  const stop = new AbortController()
  run.stopStep = stop
  run.running = step
  const limit = setTimeout(() => void timeOut(run, step, stop), (step.limitSeconds ?? STEP_LIMIT_SECONDS) * 1000)
  const began = performance.now()
  try {
    await run.kit.at('opened', detail)
    const hands = handsFor(run, attempt, names, AbortSignal.any([stop.signal, run.letGo.signal]))
    const output = await settled(run, () => step.run(run.known as never, hands), stop.signal, names, attempt)
    await run.kit.at('ran', detail)
    const saved = asSaved(output)
    Object.assign(run.known, saved)
    run.log.say(attempt.index, `Done in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return { ...attempt, state: 'succeeded', output: saved }
  } catch (error) {
    throwIfLetGo(run, error)
    return { ...attempt, state: 'failed', error: wordsOf(run, error) }
  } finally {
    clearTimeout(limit)
    run.running = null
  }
}

/** As a new owner would read it: what cannot be saved is an error of the step that gave it. */
function asSaved(output: object | void): Record<string, unknown> | undefined {
  if (!output) return undefined
  return JSON.parse(JSON.stringify(output, (_key, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value)))
}

/** A runner that has to let go does not judge how the code took it. */
export function throwIfLetGo(run: Run, error: unknown): void {
  if (error instanceof HandOver || isStale(error) || run.letGo.signal.aborted) throw run.letGo.signal.reason ?? error
}

async function timeOut(run: Run, step: Step, stop: AbortController): Promise<void> {
  const seconds = step.limitSeconds ?? STEP_LIMIT_SECONDS
  const cause = new Interrupted('timeout', `the step "${step.name}" took longer than ${seconds} s`)
  try {
    await interrupt(run, cause)
    // Also a step that must not be cut in half, and one after the point of no return, which is tried again.
    stop.abort(cause)
  } catch (error) {
    if (!isStale(error) && run.kit.alive()) run.kit.fail(error)
  }
}

/**
 * Carries the code out and waits until it has settled; once more when the db was away under it. Code that
 * does not stop within the grace has its containers removed under it; after another grace the runner
 * ends, which is the only way left to stop it.
 */
export async function settled<T>(run: Run, code: () => Promise<T> | T, signal: AbortSignal, names: string[], attempt: Attempt): Promise<T> {
  const watch = new AbortController()
  const overdue = () => void stopByForce(run, names, attempt, watch.signal)
  if (signal.aborted) overdue()
  else signal.addEventListener('abort', overdue, { once: true, signal: watch.signal })
  try {
    return await throughOutages(
      async () => {
        signal.throwIfAborted()
        return code()
      },
      () => run.kit.alive() && !signal.aborted && !run.letGo.signal.aborted,
    )
  } finally {
    watch.abort()
  }
}

async function stopByForce(run: Run, names: string[], attempt: Attempt, over: AbortSignal): Promise<void> {
  if (!(await grace(run, over))) return
  run.log.say(attempt.index, 'The step did not stop when asked; what it runs is killed.')
  try {
    const driver = names.length > 0 && run.claimed.stackId !== null ? await run.kit.openDriver(run.claimed.stackId) : null
    for (const name of names) {
      await guard(run)
      await driver?.remove({ name })
    }
  } catch (error) {
    run.log.say(attempt.index, `It could not be killed: ${wordsOf(run, error)}`)
  }
  if (!(await grace(run, over))) return
  run.log.say(attempt.index, 'The step still does not stop; its runner ends, and another goes on.')
  run.deaf = true
  run.kit.fail(new Error(`step ${attempt.index + 1} of operation ${run.claimed.id} does not stop`))
}

/** False when the code has settled meanwhile. */
function grace(run: Run, over: AbortSignal): Promise<boolean> {
  if (over.aborted) return Promise.resolve(false)
  const waited = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => waited.resolve(true), run.kit.graceMs)
  over.addEventListener('abort', () => waited.resolve(false), { once: true })
  return waited.promise.finally(() => clearTimeout(timer))
}

export function cancelWords(run: Run): string {
  return run.cancelledBy ? `cancelled by ${run.cancelledBy}` : 'cancelled'
}

/** A refusal is meant to be read; anything else is named as what it is. Fit to be stored, like a line of the log. */
export function wordsOf(run: Run, error: unknown): string {
  if (error instanceof Refusal || error instanceof Interrupted) return run.log.clean(error.message)
  return run.log.clean(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}
