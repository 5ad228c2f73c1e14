import Link from 'next/link'
import { LatestOperations } from '#components/activity/latest-operations.tsx'
import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { AppView } from '#lib/app/queries.ts'
import { sourceKindOf } from '#lib/drivers/kinds.ts'
import { listEndpoints } from '#lib/endpoint/queries.ts'
import { shortRef, shortVersion } from '#lib/release/short-version.ts'
import { listContainers } from '#lib/service/queries.ts'
import { ServiceTable } from './service-table.tsx'

export async function AppOverview({ app }: { app: AppView }) {
  const [endpoints, containers, owner] = await shown((actor) =>
    Promise.all([listEndpoints(actor, app.id), listContainers(actor, app.id), actor.owner]),
  )
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-5">
        {app.release
          ? <ServiceTable appId={app.id} services={app.release.manifest.services} formation={app.release.formation} containers={containers} endpoints={endpoints} />
          : <Empty title="Nothing is deployed yet.">Press Deploy: Davit fetches {shortRef(app.ref)}, starts its services, and gives them traffic once they are healthy.</Empty>}
        <LatestOperations of={{ app: app.id }} all={`/apps/${app.id}/activity`} />
      </div>
      <Panel title="What it is made of"><AppFacts app={app} owner={owner} /></Panel>
    </div>
  )
}

function AppFacts({ app, owner }: { app: AppView; owner: boolean }) {
  const { release, sources, from, ref, buildCommand, stack } = app
  const { address, version } = sourceKindOf(stack.driver, from)
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 p-4 text-[0.93rem] [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-soft">
      {release && <><dt>Release</dt><dd><Link className="link" href={`/operations/${release.operationId}`}>{release.number}</Link>, since <Instant at={release.createdAt.toISOString()} /></dd></>}
      {release && <><dt>{version}</dt><dd><span className="font-mono" title={release.image.version}>{shortVersion(release.image.version)}</span> ({shortRef(release.image.ref)})</dd></>}
      <dt>{address.legend}</dt>
      <dd>{sources.map(({ url, credential }) => <div key={url}>{url}{credential && <span className="text-soft"> (with a credential)</span>}</div>)}</dd>
      <dt>Deploys</dt><dd className="font-mono">{shortRef(ref)}</dd>
      {buildCommand && <><dt>Build</dt><dd className="font-mono">{buildCommand}</dd></>}
      <dt>Stack</dt><dd>{owner ? <Link className="link" href={`/stacks/${stack.id}`}>{stack.handle}</Link> : stack.handle}</dd>
    </dl>
  )
}
