import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import { inSentence } from '#lib/sentence.ts'
import type { ContainerView } from '#lib/service/queries.ts'

export type Seen = Pick<ContainerView, 'phase' | 'seen' | 'seenExitCode' | 'startRefusal' | 'nextStartAt'>

/** It should run, and the last look found that it does not. */
export const isDown = ({ phase, seen }: Pick<Seen, 'phase' | 'seen'>) => phase === 'wanted' && seen !== null && seen !== 'running'

/** Its shape, words and tone: what Davit wants of it, and what was last seen. */
export function stateOf(container: Seen) {
  const { phase, seen, startRefusal } = container
  if (isDown(container)) return { Shape: CircleX, word: `${endOf(container)}, ${startRefusal === null ? 'is started again' : `could not be started again: ${inSentence(startRefusal)}`}`, tone: 'text-bad' }
  if (phase === 'new') return { Shape: CircleDashed, word: seen && seen !== 'running' ? endOf(container) : 'new, not serving yet', tone: 'text-accent' }
  return { Shape: CircleCheck, word: 'running', tone: 'text-ok' }
}

const endOf = ({ seen, seenExitCode }: Seen) => (seen === 'gone' ? 'gone' : `ended with ${seenExitCode ?? 'an unknown code'}`)
