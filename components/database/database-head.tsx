import { BlockNotice } from '#components/operation/block-notice.tsx'
import { OpenOperations } from '#components/operation/open-operations.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import type { DatabaseView } from '#lib/database/queries.ts'
import { BackUpDialog, ResizeDialog, RestartDialog } from './database-dialogs.tsx'

export function DatabaseHead({ database }: { database: DatabaseView }) {
  const { id, handle, type, place, memoryMb, volumeMb, environment, deprovisionedAt, open, blocks } = database
  const brief = { id, handle, type, place, memoryMb, volumeMb, environmentId: environment.id }
  const actions = deprovisionedAt ? null : (
    <>
      <BackUpDialog database={brief} />
      <ResizeDialog database={brief} />
      <RestartDialog database={brief} />
    </>
  )
  return (
    <PageHead trail={[{ href: '/environments', name: 'Environments' }, { href: `/environments/${environment.id}`, name: environment.handle }]} kind="Database" title={handle} actions={actions}>
      {deprovisionedAt && <p className="text-soft">Deprovisioned <Instant at={deprovisionedAt.toISOString()} />; its backups and its activity are kept.</p>}
      <BlockNotice blocks={blocks} />
      <OpenOperations operations={open} />
    </PageHead>
  )
}
