import { HandOver } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import type { Step } from './define.ts'
import { handsFor } from './hands.ts'
import type { Attempt, Transition } from './journal.ts'
import { namesOf } from './names.ts'
import { isStale } from './outage.ts'
import { guard, Interrupted, interrupt, type Run } from './run.ts'

export const ATTEMPTS_MAX = 5
const STEP_LIMIT_SECONDS = 600

type Closing = NonNullable<Transition['close']>

/** Runs one attempt and waits until it has really stopped. */
export async function attemptStep(run: Run, step: Step, attempt: Attempt): Promise<Closing> {
  const detail = { operationId: run.claimed.id, step: attempt.index, direction: 'run' as const }
  run.stopStep = new AbortController()
  run.running = step
  const limit = setTimeout(() => void timeOut(run, step), (step.limitSeconds ?? STEP_LIMIT_SECONDS) * 1000)
  const began = performance.now()
  try {
    await run.kit.at('opened', detail)
    const names = namesOf(run, attempt.index)
    const work = Promise.resolve(step.run(run.known as never, handsFor(run, attempt, names, AbortSignal.any([run.stopStep.signal, run.letGo.signal]))))
    const output = await stopped(run, work, names, attempt)
    await run.kit.at('ran', detail)
    if (output) Object.assign(run.known, output)
    run.log.say(attempt.index, `Done in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return { ...attempt, state: 'succeeded', output: output ?? undefined }
  } catch (error) {
    if (error instanceof HandOver || isStale(error) || run.letGo.signal.aborted) throw run.letGo.signal.reason ?? error
    return { ...attempt, state: 'failed', error: wordsOf(error) }
  } finally {
    clearTimeout(limit)
    run.running = null
  }
}

async function timeOut(run: Run, step: Step): Promise<void> {
  const seconds = step.limitSeconds ?? STEP_LIMIT_SECONDS
  const cause = new Interrupted('timeout', `the step "${step.name}" took longer than ${seconds} s`)
  // After the point of no return there is nothing to roll back: the attempt ends, and is tried again.
  if (!(await interrupt(run, cause, { name: step.name, interruptible: true }))) run.stopStep.abort(cause)
}

/**
 * Waits for the step's code to settle. A step that does not stop within the grace has its containers
 * removed under it; the first compensation waits for both.
 */
export async function stopped<T>(run: Run, work: Promise<T>, names: string[], attempt: Attempt): Promise<T> {
  const overdue = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const began = () => (timer = setTimeout(overdue.resolve, run.kit.graceMs))
  run.stopStep.signal.addEventListener('abort', began, { once: true })
  void overdue.promise.then(async () => {
    run.log.say(attempt.index, 'The step did not stop when asked; what it runs is killed.')
    const driver = run.claimed.stackId === null ? null : await run.kit.openDriver(run.claimed.stackId)
    await guard(run)
    for (const name of names) await driver?.remove({ name })
  })
  try {
    return await work
  } finally {
    clearTimeout(timer)
    run.stopStep.signal.removeEventListener('abort', began)
  }
}

export function cancelWords(run: Run): string {
  return run.cancelledBy ? `cancelled by ${run.cancelledBy}` : 'cancelled'
}

/** A refusal is meant to be read; anything else is named as what it is. */
export function wordsOf(error: unknown): string {
  if (error instanceof Refusal || error instanceof Interrupted) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
