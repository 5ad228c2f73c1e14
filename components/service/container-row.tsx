import { ScrollText } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Ticking } from '#components/ui/ticking.tsx'
import type { ContainerView } from '#lib/service/queries.ts'
import { ContainerState } from './container-state.tsx'
import { isDown } from './state-of.ts'

type Props = { container: ContainerView; now: string; chosen: boolean; onChoose: (name: string | null) => void }

export function ContainerRow({ container, now, chosen, onChoose }: Props) {
  const { name, release, restarts, seenAt, startedAt, createdAt, host, port } = container
  const down = isDown(container)
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-5 gap-y-0.5 px-4 py-2 text-[0.93rem] md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto_auto_auto]">
      <div className="min-w-0">
        <p className="truncate font-mono text-[0.85rem]" title={name}>{name}</p>
        <p className="text-[0.85rem] text-soft">release {release}{port !== null && `, ${host}:${port}`}</p>
      </div>
      <p className="min-w-0 max-md:order-3 max-md:col-span-2"><ContainerState container={container} /></p>
      <p className={`max-md:order-4 ${restarts > 0 ? 'text-warn' : 'text-soft'}`}>{restarts === 1 ? '1 restart' : `${restarts} restarts`}</p>
      <p className="text-soft max-md:order-5 max-md:text-right">{down ? 'down' : 'up'} <Ticking from={(down ? seenAt : startedAt) ?? createdAt} to={null} now={now} every={1000} /></p>
      <Button look="quiet" className="max-md:order-2 max-md:justify-self-end max-md:-mr-3" aria-pressed={chosen} onClick={() => onChoose(chosen ? null : name)}>
        <ScrollText className="size-4" aria-hidden="true" /> Log<span className="sr-only"> of {name}</span>
      </Button>
    </li>
  )
}
