import clsx from 'clsx'
import type { ContainerView } from '#lib/service/queries.ts'
import { isDown, stateOf } from './state-of.ts'

type Props = { containers: ContainerView[]; chosen: string | null; onChoose: (name: string | null) => void }

/** One tile each; what is down comes first. Shape and colour say the state, the label says it in words. */
export function ContainerGrid({ containers, chosen, onChoose }: Props) {
  const sorted = containers.toSorted((a, b) => Number(isDown(b)) - Number(isDown(a)) || Number(b.phase === 'new') - Number(a.phase === 'new'))
  return (
    <ul className="flex flex-wrap gap-1 p-4">
      {sorted.map((container) => {
        const { Shape, word, tone } = stateOf(container)
        const says = `${container.name}, ${word}, ${container.restarts} restarts`
        return (
          <li key={container.name}>
            <button type="button" title={says} aria-label={`Log of ${says}`} aria-pressed={chosen === container.name} onClick={() => onChoose(chosen === container.name ? null : container.name)} className={clsx('flex size-7 items-center justify-center rounded hover:bg-sunken aria-pressed:bg-accent-wash', tone)}>
              <Shape className="size-4" aria-hidden="true" />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
