import type { OperationView } from './read-operation.ts'

type Known = Pick<OperationView, 'plan' | 'steps' | 'pastReturn'>

/** What a cancel would put back right now, in the order in which it would: last first. */
export function wouldPutBack({ plan, steps }: Known): string[] {
  const begun = new Set(steps.filter(({ direction }) => direction === 'run').map(({ index }) => index))
  return plan.flatMap(({ undoes }, index) => (undoes !== null && begun.has(index) ? [undoes] : [])).toReversed()
}

/** What of it would stay all the same. */
export function wouldLeave({ plan, steps }: Known): string[] {
  const begun = new Set(steps.filter(({ direction }) => direction === 'run').map(({ index }) => index))
  return plan.flatMap(({ leaves }, index) => (leaves !== undefined && begun.has(index) ? [leaves] : []))
}

/** The planned step from whose beginning on there is no way back; null when there is none. */
export function returnEndsAt({ plan }: Known): { index: number; name: string } | null {
  const index = plan.findIndex((step) => step.pointOfNoReturn)
  const step = plan[index]
  return step ? { index, name: step.name } : null
}

/** The step that runs and must not be cut in half: a cancel waits until it is through. */
export function uncutStep({ plan, steps }: Known): string | null {
  const open = steps.find(({ direction, state }) => direction === 'run' && state === 'started')
  return open && plan[open.index]?.interruptible === false ? open.name : null
}
