import { BlockNotice } from '#components/operation/block-notice.tsx'
import { OpenOperations } from '#components/operation/open-operations.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import type { AppView } from '#lib/app/queries.ts'
import { kindOf, sourceKindOf } from '#lib/drivers/kinds.ts'
import { limitsIn } from '#lib/release/limits.ts'
import { DeployDialog, RestartDialog } from './app-dialogs.tsx'
import { ScaleDialog } from './scale-dialog.tsx'
import { SessionDialog } from './session-dialog.tsx'

export function AppHead({ app }: { app: AppView }) {
  const { id, handle, ref, from, stack, environment, release, strategy, strategyFrom, deprovisionedAt, open, blocks } = app
  const brief = { id, handle, ref, source: sourceKindOf(stack.driver, from), strategy, strategyFrom }
  const actions = deprovisionedAt ? null : (
    <>
      <DeployDialog app={brief} />
      {release && <ScaleDialog app={brief} services={Object.keys(release.manifest.services)} formation={release.formation} limits={kindOf(stack.driver).hasLimits ? limitsIn(release.manifest) : null} />}
      {release && <RestartDialog app={brief} />}
      {release && <SessionDialog app={brief} release={release.number} />}
    </>
  )
  return (
    <PageHead trail={[{ href: '/environments', name: 'Environments' }, { href: `/environments/${environment.id}`, name: environment.handle }]} kind="App" title={handle} actions={actions}>
      {deprovisionedAt && <p className="text-soft">Deprovisioned <Instant at={deprovisionedAt.toISOString()} />; its activity is kept.</p>}
      <BlockNotice blocks={blocks} />
      <OpenOperations operations={open} />
    </PageHead>
  )
}
