import { CircleSlash2 } from 'lucide-react'
import { ContainerState } from '#components/service/container-state.tsx'
import type { Seen } from '#components/service/state-of.ts'

/** Whether its container runs, by shape, word and colour. */
export function DatabaseState({ container }: { container: Seen | null }) {
  if (container) return <ContainerState container={container} />
  return (
    <span className="inline-flex min-w-0 items-start gap-1.5 text-soft">
      <CircleSlash2 className="h-lh w-4 shrink-0" aria-hidden="true" /> <span className="min-w-0 self-baseline">not running</span>
    </span>
  )
}
