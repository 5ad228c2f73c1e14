import { Lock } from 'lucide-react'
import Link from 'next/link'
import { Status } from '#components/operation/status.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import type { AppView } from '#lib/app/queries.ts'
import { DeployDialog, RestartDialog } from './app-dialogs.tsx'
import { ScaleDialog } from './scale-dialog.tsx'
import { SessionDialog } from './session-dialog.tsx'

export function AppHead({ app }: { app: AppView }) {
  const { id, handle, ref, environment, release, strategy, strategyFrom, deprovisionedAt, open, blocks } = app
  const brief = { id, handle, ref, strategy, strategyFrom }
  const actions = deprovisionedAt ? null : (
    <>
      <DeployDialog app={brief} />
      {release && <ScaleDialog app={brief} services={Object.keys(release.manifest.services)} formation={release.formation} />}
      {release && <RestartDialog app={brief} />}
      {release && <SessionDialog app={brief} release={release.number} />}
    </>
  )
  return (
    <PageHead trail={[{ href: '/environments', name: 'Environments' }, { href: `/environments/${environment.id}`, name: environment.handle }]} kind="App" title={handle} actions={actions}>
      {deprovisionedAt && <p className="text-soft">Deprovisioned <Instant at={deprovisionedAt.toISOString()} />; its activity is kept.</p>}
      {blocks.map(({ id: block, operationId }) => (
        <p key={block} className="mt-1 flex items-center gap-2.5 rounded-lg bg-bad-wash px-4 py-2">
          <Lock className="size-4 shrink-0 text-bad" aria-hidden="true" />
          <span>Blocked: a rollback could not put everything back. <Link href={`/operations/${operationId}`} className="link">Put it right in operation {operationId}</Link></span>
        </p>
      ))}
      {open.map(({ id: operation, title, status, rollback }) => (
        <p key={operation} className="flex flex-wrap items-center gap-x-3 text-[0.93rem]">
          <Status status={status} rollback={rollback} />
          <Link href={`/operations/${operation}`} className="link">{title}</Link>
        </p>
      ))}
    </PageHead>
  )
}
