import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import type { ContainerView } from '#lib/service/queries.ts'

export type Seen = Pick<ContainerView, 'phase' | 'seen'>

/** It should run, and the last look found that it does not. */
export const isDown = ({ phase, seen }: Seen) => phase === 'wanted' && seen !== null && seen !== 'running'

/** Its shape, words and tone: what Davit wants of it, and what was last seen. */
export function stateOf(container: Seen) {
  const { phase, seen } = container
  if (isDown(container)) return { Shape: CircleX, word: `${seen}, is started again`, tone: 'text-bad' }
  if (phase === 'new') return { Shape: CircleDashed, word: seen && seen !== 'running' ? seen : 'new, not serving yet', tone: 'text-accent' }
  return { Shape: CircleCheck, word: 'running', tone: 'text-ok' }
}
