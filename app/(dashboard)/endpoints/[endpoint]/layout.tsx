import { readEndpoint } from '#components/endpoint/read-endpoint.ts'
import { ServingNotice } from '#components/endpoint/serving-notice.tsx'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { BlockNotice } from '#components/operation/block-notice.tsx'
import { Access } from '#components/shell/access.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

type Props = { params: Promise<{ endpoint: string }>; children: React.ReactNode }

export default async function EndpointLayout({ params, children }: Props) {
  const { id, url, host, port, service, app, environment, deprovisionedAt, blocks, serving } = await readEndpoint((await params).endpoint)
  const activity = { href: `/endpoints/${id}/activity`, name: 'Activity' }
  const trail = [{ href: `/environments/${environment.id}`, name: environment.handle }, { href: `/apps/${app.id}`, name: app.handle }, { href: `/apps/${app.id}/endpoints`, name: 'Endpoints' }]
  return (
    <Access environment={environment.id}>
      <LiveRefresh everyMs={5000} />
      <PageHead trail={trail} kind="Endpoint" title={host ?? `port ${port}`}>
        {deprovisionedAt
          ? <p className="text-soft">Deprovisioned <Instant at={deprovisionedAt.toISOString()} />; its activity is kept.</p>
          : <p className="text-soft"><a href={url} target="_blank" rel="noreferrer" className="link [overflow-wrap:anywhere]">{url}</a> leads to {service}</p>}
        <ServingNotice serving={serving} />
        <BlockNotice blocks={blocks} />
      </PageHead>
      <Tabs label="Of the endpoint" tabs={deprovisionedAt ? [activity] : [{ href: `/endpoints/${id}`, name: 'Settings' }, activity]} />
      <div className="pt-5">{children}</div>
    </Access>
  )
}
