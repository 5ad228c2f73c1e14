import Link from 'next/link'
import { ActivityRows } from '#components/activity/activity-rows.tsx'
import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { listActivity } from '#lib/activity/list-activity.ts'
import type { AppView } from '#lib/app/queries.ts'
import { listEndpoints } from '#lib/endpoint/queries.ts'
import { listContainers } from '#lib/service/queries.ts'
import { ServiceTable } from './service-table.tsx'

const recentRows = 5

export async function AppOverview({ app }: { app: AppView }) {
  const [endpoints, containers, activity, owner] = await shown((actor) =>
    Promise.all([listEndpoints(actor, app.id), listContainers(actor, app.id), listActivity(actor, { app: app.id, kind: 'operation' }), actor.owner]),
  )
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-5">
        {app.release
          ? <ServiceTable appId={app.id} services={app.release.manifest.services} formation={app.release.formation} containers={containers} endpoints={endpoints} />
          : <Empty title="Nothing is deployed yet.">Press Deploy: Davit fetches {app.ref} from its repository, starts the services that its Procfile names, and gives them traffic once they are healthy.</Empty>}
        <section aria-label="Latest operations" className="flex flex-col gap-2">
          <div className="flex items-baseline justify-between">
            <h2 className="font-semibold">Latest operations</h2>
            <Link href={`/apps/${app.id}/activity`} className="link text-[0.9rem]">All activity</Link>
          </div>
          <ActivityRows rows={activity.rows.slice(0, recentRows)} now={activity.now} />
        </section>
      </div>
      <Panel title="What it is made of"><AppFacts app={app} owner={owner} /></Panel>
    </div>
  )
}

function AppFacts({ app, owner }: { app: AppView; owner: boolean }) {
  const { release, sources, ref, buildCommand, stack } = app
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 p-4 text-[0.93rem] [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-soft">
      {release && <><dt>Release</dt><dd><Link className="link" href={`/operations/${release.operationId}`}>{release.number}</Link>, since <Instant at={release.createdAt.toISOString()} /></dd></>}
      {release && <><dt>Commit</dt><dd><span className="font-mono">{release.image.version.slice(0, 12)}</span> ({release.image.ref})</dd></>}
      <dt>Repository</dt>
      <dd>{sources.map(({ url, credential }) => <div key={url}>{url}{credential && <span className="text-soft"> (with a credential)</span>}</div>)}</dd>
      <dt>Deploys</dt><dd className="font-mono">{ref}</dd>
      {buildCommand && <><dt>Build</dt><dd className="font-mono">{buildCommand}</dd></>}
      <dt>Stack</dt><dd>{owner ? <Link className="link" href={`/stacks/${stack.id}`}>{stack.handle}</Link> : stack.handle}</dd>
    </dl>
  )
}
