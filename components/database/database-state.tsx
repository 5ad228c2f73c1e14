import { CircleSlash2 } from 'lucide-react'
import { type Seen, stateOf } from '#components/service/container-state.ts'

const absent = { Shape: CircleSlash2, word: 'not running', tone: 'text-soft' }

/** Whether its container runs, by shape, word and colour. */
export function DatabaseState({ container }: { container: Seen | null }) {
  const { Shape, word, tone } = container ? stateOf(container) : absent
  return (
    <span className={`inline-flex min-w-0 items-start gap-1.5 ${tone}`}>
      <Shape className="h-lh w-4 shrink-0" aria-hidden="true" /> <span className="min-w-0 self-baseline [overflow-wrap:anywhere]">{word}</span>
    </span>
  )
}
