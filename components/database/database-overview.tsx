import Link from 'next/link'
import { Suspense } from 'react'
import { LatestOperations } from '#components/activity/latest-operations.tsx'
import { ContainerLog } from '#components/service/container-log.tsx'
import { isDown } from '#components/service/state-of.ts'
import { shown } from '#components/shell/shown.ts'
import { formatMegabytes } from '#components/ui/bytes.ts'
import { Instant } from '#components/ui/instant.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { DatabaseView } from '#lib/database/queries.ts'
import { ConnectionUrl } from './connection-url.tsx'
import { DatabaseNow, DatabaseNowLater } from './database-now.tsx'
import { DowntimeList } from './downtime-list.tsx'
import { LinkedApps } from './linked-apps.tsx'
import { typeName } from './type-name.ts'

export async function DatabaseOverview({ database }: { database: DatabaseView }) {
  const { id, apps, container } = database
  const owner = await shown(async (actor) => actor.owner)
  const log = container && <div className="min-w-0 lg:col-span-2"><ContainerLog key={container.name} name={container.name} /></div>
  // Why it does not serve is what is looked for first.
  const down = container !== null && isDown(container)
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-5">
        <Suspense fallback={<DatabaseNowLater database={database} />}><DatabaseNow database={database} /></Suspense>
        {down && log}
        <DowntimeList databaseId={id} />
        <LatestOperations of={{ only: id }} all={`/databases/${id}/activity`} />
      </div>
      <div className="flex min-w-0 flex-col gap-5">
        <ConnectionUrl databaseId={id} />
        <Panel title="What it is made of"><DatabaseFacts database={database} owner={owner} /></Panel>
        <LinkedApps apps={apps} />
      </div>
      {!down && log}
    </div>
  )
}

function DatabaseFacts({ database, owner }: { database: DatabaseView; owner: boolean }) {
  const { type, version, container, memoryMb, volumeMb, place, stack, createdAt } = database
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 p-4 text-[0.93rem] [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-soft">
      <dt>Type</dt><dd>{typeName(type)} {version}</dd>
      <dt>Memory</dt><dd>{formatMegabytes(memoryMb)}</dd>
      <dt>Volume</dt><dd>{formatMegabytes(volumeMb)}</dd>
      <dt>Place</dt><dd>{place}</dd>
      {container?.port && <><dt>Address</dt><dd className="font-mono">{container.host}:{container.port}</dd></>}
      <dt>Stack</dt><dd>{owner ? <Link className="link" href={`/stacks/${stack.id}`}>{stack.handle}</Link> : stack.handle}</dd>
      <dt>Created</dt><dd><Instant at={createdAt.toISOString()} /></dd>
    </dl>
  )
}
