'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { readJson } from '#components/live/read-json.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { ContainerView } from '#lib/service/queries.ts'
import { ContainerGrid } from './container-grid.tsx'
import { ContainerLog } from './container-log.tsx'
import { ContainerRow } from './container-row.tsx'
import { isDown } from './state-of.ts'

/** From here on a grid shows more at a glance than rows. */
const gridFrom = 24

type Props = { appId: number; first: ContainerView[]; now: string }

export function Containers({ appId, first, now }: Props) {
  const { data } = useQuery({
    queryKey: ['containers', appId],
    queryFn: ({ signal }) => readJson<ContainerView[]>(`/api/apps/${appId}/containers`, signal),
    initialData: first,
    refetchInterval: 5000,
  })
  const [chosen, setChosen] = useState<string | null>(null)
  if (data.length === 0) return <Empty title="No container runs.">Deploy the app, or scale one of its services up.</Empty>
  const services = [...new Set(data.map(({ service }) => service))]
  const open = data.find(({ name }) => name === chosen)
  return (
    <div className="flex flex-col gap-5">
      {services.map((service) => {
        const of = data.filter((container) => container.service === service)
        return (
          <Panel key={service} title={service} aside={<span className="text-[0.9rem] text-soft">{summary(of)}</span>}>
            {of.length >= gridFrom
              ? <ContainerGrid containers={of} chosen={chosen} onChoose={setChosen} />
              : <ul className="divide-y divide-line">{of.map((container) => <ContainerRow key={container.name} container={container} now={now} chosen={chosen === container.name} onChoose={setChosen} />)}</ul>}
          </Panel>
        )
      })}
      {open && <ContainerLog key={open.name} name={open.name} onClose={() => setChosen(null)} />}
    </div>
  )
}

function summary(containers: ContainerView[]) {
  const down = containers.filter(isDown).length
  const fresh = containers.filter(({ phase }) => phase === 'new').length
  return [`${containers.length} in all`, fresh > 0 && `${fresh} new`, down > 0 && `${down} down`].filter(Boolean).join(', ')
}
