import { ScrollText } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Ticking } from '#components/ui/ticking.tsx'
import type { ContainerView } from '#lib/service/queries.ts'
import { stateOf } from './container-state.ts'

type Props = { container: ContainerView; now: string; chosen: boolean; onChoose: (name: string | null) => void }

export function ContainerRow({ container, now, chosen, onChoose }: Props) {
  const { name, release, restarts, startedAt, createdAt, host, port } = container
  const { Shape, word, tone } = stateOf(container)
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-5 gap-y-0.5 px-4 py-2 text-[0.93rem] md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto_auto_auto]">
      <div className="min-w-0">
        <p className="truncate font-mono text-[0.85rem]" title={name}>{name}</p>
        <p className="text-[0.85rem] text-soft">release {release}{port !== null && `, ${host}:${port}`}</p>
      </div>
      <p className={`flex min-w-0 items-center gap-1.5 max-md:order-3 max-md:col-span-2 ${tone}`}>
        <Shape className="size-4 shrink-0" aria-hidden="true" /> <span className="min-w-0 [overflow-wrap:anywhere]">{word}</span>
      </p>
      <p className={`max-md:order-4 ${restarts > 0 ? 'text-warn' : 'text-soft'}`}>{restarts === 1 ? '1 restart' : `${restarts} restarts`}</p>
      <p className="text-soft max-md:order-5 max-md:text-right">up <Ticking from={startedAt ?? createdAt} to={null} now={now} every={1000} /></p>
      <Button look="quiet" className="max-md:order-2 max-md:justify-self-end max-md:-mr-3" aria-pressed={chosen} onClick={() => onChoose(chosen ? null : name)}>
        <ScrollText className="size-4" aria-hidden="true" /> Log<span className="sr-only"> of {name}</span>
      </Button>
    </li>
  )
}
