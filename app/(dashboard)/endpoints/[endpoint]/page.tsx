import { redirect } from 'next/navigation'
import { DeprovisionEndpoint } from '#components/endpoint/deprovision-endpoint.tsx'
import { EndpointSettings } from '#components/endpoint/endpoint-form.tsx'
import { readEndpoint } from '#components/endpoint/read-endpoint.ts'
import { Panel } from '#components/ui/panel.tsx'
import { config } from '#lib/config.ts'

type Props = { params: Promise<{ endpoint: string }> }

export default async function EndpointPage({ params }: Props) {
  const { id, host, port, health, maintenancePage, deprovisionedAt } = await readEndpoint((await params).endpoint)
  if (deprovisionedAt) redirect(`/endpoints/${id}/activity`)
  const endpoint = { id, host, port, health, maintenancePage }
  const { first, last } = config.endpointPorts
  return (
    <div className="flex max-w-2xl flex-col gap-5">
      <Panel title="Settings"><div className="p-4"><EndpointSettings key={JSON.stringify(endpoint)} endpoint={endpoint} ports={`${first} to ${last}`} /></div></Panel>
      <Panel title="Deprovision"><div className="p-4"><DeprovisionEndpoint id={id} handle={host ?? String(port)} /></div></Panel>
    </div>
  )
}
