import { BlockNotice } from '#components/operation/block-notice.tsx'
import { OpenOperations } from '#components/operation/open-operations.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import type { DatabaseView } from '#lib/database/queries.ts'

export function DatabaseHead({ database }: { database: DatabaseView }) {
  const { handle, environment, deprovisionedAt, open, blocks } = database
  return (
    <PageHead trail={[{ href: '/environments', name: 'Environments' }, { href: `/environments/${environment.id}`, name: environment.handle }]} kind="Database" title={handle}>
      {deprovisionedAt && <p className="text-soft">Deprovisioned <Instant at={deprovisionedAt.toISOString()} />; its backups and its activity are kept.</p>}
      <BlockNotice blocks={blocks} />
      <OpenOperations operations={open} />
    </PageHead>
  )
}
