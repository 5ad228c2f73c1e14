import Link from 'next/link'
import { ServingNotice } from '#components/endpoint/serving-notice.tsx'
import { ContainerState } from '#components/service/container-state.tsx'
import { isDown } from '#components/service/state-of.ts'
import { Panel } from '#components/ui/panel.tsx'
import type { Serving } from '#lib/endpoint/serving.ts'
import { type Limits, limitWords } from '#lib/release/limits.ts'
import type { ContainerView } from '#lib/service/queries.ts'

type Props = {
  appId: number
  services: Record<string, { command: string; limits?: Limits }>
  formation: Record<string, number>
  containers: ContainerView[]
  endpoints: { id: number; service: string; url: string; serving: Serving | null }[]
}

/** What should run, what does, and where it is reached. */
export function ServiceTable({ appId, services, formation, containers, endpoints }: Props) {
  return (
    <Panel title="Services" aside={<Link href={`/apps/${appId}/containers`} className="link text-[0.9rem]">Containers</Link>}>
      <ul className="divide-y divide-line">
        {Object.entries(services).map(([service, { command, limits = {} }]) => {
          const wanted = Object.hasOwn(formation, service) ? formation[service]! : 0
          const there = containers.filter((container) => container.service === service && container.phase === 'wanted' && !isDown(container)).length
          // Of several, one that says most.
          const [down] = containers.filter((container) => container.service === service && isDown(container)).toSorted((a, b) => Number(b.startRefusal !== null) - Number(a.startRefusal !== null))
          return (
            <li key={service} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 px-4 py-2.5">
              <div className="min-w-0 sm:flex-1">
                <p className="font-medium">{service}</p>
                <p className="font-mono text-[0.85rem] text-soft [overflow-wrap:anywhere]">{command}</p>
                {down && <p className="text-[0.93rem]"><ContainerState container={down} /></p>}
                {endpoints.filter((endpoint) => endpoint.service === service).map(({ id, url, serving }) => (
                  <div key={id}>
                    <a href={url} target="_blank" rel="noreferrer" className="link block text-[0.93rem] [overflow-wrap:anywhere]">{url}</a>
                    <ServingNotice serving={serving} />
                  </div>
                ))}
              </div>
              <div className="text-right max-sm:text-left">
                <p className={there < wanted ? 'font-medium text-warn' : 'text-soft'}>{wanted === 0 ? 'scaled to 0' : `${there} of ${wanted} running`}</p>
                {Object.keys(limits).length > 0 && <p className="text-[0.85rem] text-soft">at most {limitWords(limits)} each</p>}
              </div>
            </li>
          )
        })}
      </ul>
      {endpoints.length === 0 && (
        <p className="border-t border-line px-4 py-2.5 text-soft">No address leads to it yet. <Link href={`/apps/${appId}/endpoints`} className="link">Give it an endpoint</Link></p>
      )}
    </Panel>
  )
}
