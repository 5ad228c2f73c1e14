import type { OperationView } from './read-operation.ts'

type Told = Pick<OperationView, 'title' | 'status' | 'plan' | 'steps' | 'queue' | 'rollback' | 'failedStep' | 'reason' | 'startedAt' | 'leftovers' | 'lasting' | 'blocks' | 'id' | 'trivial' | 'putsBackForAnother' | 'runnerless'>

/** What is happening to what: "Deploying storefront at 3f2c1ab: step 5 of 7, waiting until healthy". */
export function sentenceOf(operation: Told): string {
  const { title, status } = operation
  if (status === 'queued') return `${title}: ${queued(operation)}`
  if (status === 'running') return `${doing(title)}: ${running(operation)}`
  if (status === 'rolling_back') return `Rolling back “${title}”: ${rollingBack(operation)}`
  if (status === 'succeeded') return `${title}: succeeded${operation.leftovers.length > 0 ? ', with leftovers' : ''}`
  return `${title}: ${ended(operation)}`
}

/** "wait until healthy" → "waiting until healthy". Titles and step names begin with a verb, or with one and another. */
export function doing(phrase: string): string {
  return phrase.replace(/^[^ ]+( and [^ ]+)?/, (verbs) => verbs.split(' and ').map(participle).join(' and '))
}

function participle(verb: string) {
  if (/(^|[^aeiou])[aeiou][bdgmnprt]$/i.test(verb) && doubled.has(verb.toLowerCase())) return `${verb}${verb.at(-1)}ing`
  return /[^e]e$/i.test(verb) ? `${verb.slice(0, -1)}ing` : `${verb}ing`
}

// The verbs that begin our titles and steps and double their last letter.
const doubled = new Set(['run', 'stop', 'put', 'get', 'cut', 'begin', 'let', 'set', 'drop', 'swap'])

/** The step that is open in that direction, or else the last one. */
export function currentStep(steps: OperationView['steps'], direction: 'run' | 'compensate') {
  const rows = steps.filter((step) => step.direction === direction)
  return rows.findLast((step) => step.state === 'started') ?? rows.at(-1)
}

function queued({ queue, blocks, id, runnerless }: Told) {
  const block = blocks.find(({ operationId }) => operationId !== id)
  if (block) return `waits, because ${block.handle} is blocked by operation ${block.operationId}`
  const [first] = queue.ahead
  if (!first) return runnerless ? 'queued, waits for a runner' : 'queued, about to start'
  const more = queue.ahead.length - 1
  return `queued, waits for operation ${first.id}${more > 0 ? ` and ${more} more` : ''}`
}

function running({ plan, steps }: Told) {
  const step = currentStep(steps, 'run')
  if (!step) return `step 1 of ${plan.length}, starting`
  return `step ${step.index + 1} of ${plan.length}, ${step.progress ?? doing(step.name)}`
}

function rollingBack({ plan, steps }: Told) {
  const begun = new Set(steps.filter((step) => step.direction === 'run').map(({ index }) => index))
  const toUndo = plan.filter((step, index) => begun.has(index) && step.undoes !== null).length
  const undone = steps.filter((step) => step.direction === 'compensate' && step.state === 'succeeded' && (plan[step.index]?.undoes ?? null) !== null).length
  if (toUndo === 0) return 'there is nothing to put back'
  const open = steps.find((step) => step.direction === 'compensate' && step.state === 'started')
  return `${undone} of ${toUndo} put back${open ? `, undoing “${open.name}”` : ''}`
}

function ended({ status, rollback, failedStep, startedAt, reason, lasting, trivial, putsBackForAnother, steps }: Told) {
  if (status === 'cancelled' && startedAt === null) return 'cancelled before it started'
  const what = status === 'cancelled' ? 'cancelled' : reason === 'timeout' ? 'took too long' : reason === 'crashes' ? 'given up after five runners died' : 'failed'
  const where = failedStep ? ` at “${failedStep}”` : ''
  if (rollback === 'incomplete') return `${what}${where}, not everything could be put back`
  if (trivial) return `${what}${where}, nothing to roll back`
  if (putsBackForAnother) return `${what}${where}, what was left is ${isPutBack(steps) ? 'put back, but still blocked' : 'still left'}`
  const stays = lasting.filter(({ answer }) => answer === null).map(({ by }) => `what ${by} did`)
  return `${what}${where}, everything ${stays.length > 0 ? `but ${stays.join(' and ')} ` : ''}was put back`
}

/** Whether a retry got as far as having put back what another operation left; its first step does that. */
export const isPutBack = (steps: Told['steps']) => steps.some(({ index, direction, state }) => index === 0 && direction === 'run' && state === 'succeeded')
