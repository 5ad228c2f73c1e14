import { NewDatabaseLink } from '#components/database/new-database-link.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { BlockNotice } from '#components/operation/block-notice.tsx'
import { Access } from '#components/shell/access.tsx'
import { ButtonLink } from '#components/ui/button.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

type Props = { params: Promise<{ environment: string }>; children: React.ReactNode }

export default async function EnvironmentLayout({ params, children }: Props) {
  const { id, handle, stackHandle, deprovisionedAt, made, blocks } = await readEnvironment((await params).environment)
  const base = `/environments/${id}`
  const activity = { href: `${base}/activity`, name: 'Activity' }
  const reports = { href: `${base}/reports`, name: 'Activity Reports' }
  const tabs = deprovisionedAt ? [activity, reports] : [{ href: base, name: 'Overview' }, activity, reports, { href: `${base}/settings`, name: 'Settings' }]
  const actions = deprovisionedAt ? null : (
    <>
      <NewDatabaseLink environmentId={id} />
      <ButtonLink look="main" needs="deploy" href={`${base}/apps/new`}>New app</ButtonLink>
    </>
  )
  return (
    <Access environment={id}>
      <LiveRefresh />
      <PageHead trail={[{ href: '/environments', name: 'Environments' }]} kind="Environment" title={handle} actions={actions}>
        <p className="text-soft">{deprovisionedAt ? <>{made ? 'Deprovisioned' : 'It never came to be: what was to create it ended'} <Instant at={deprovisionedAt.toISOString()} />; its activity and reports are kept.</> : `on ${stackHandle}`}</p>
        <BlockNotice blocks={blocks} />
      </PageHead>
      <Tabs label="Of the environment" tabs={tabs} />
      <div className="pt-5">{children}</div>
    </Access>
  )
}
