import { CircleCheck, CircleDashed, RotateCw } from 'lucide-react'
import type { ContainerView } from '#lib/service/queries.ts'

/** Its shape, word and tone: what Davit wants of it, and what was last seen. */
export function stateOf({ phase, seen, nextStartAt }: ContainerView) {
  if (nextStartAt !== null) return { Shape: RotateCw, word: seen ?? 'starts again soon', tone: 'text-bad' }
  if (phase === 'new') return { Shape: CircleDashed, word: seen ?? 'new, not yet serving', tone: 'text-accent' }
  return { Shape: CircleCheck, word: seen ?? 'running', tone: 'text-ok' }
}
