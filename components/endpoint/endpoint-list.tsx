import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { config } from '#lib/config.ts'
import { listEndpoints } from '#lib/endpoint/queries.ts'
import { CreateEndpointDialog } from './endpoint-form.tsx'
import { ServingNotice } from './serving-notice.tsx'

export async function EndpointList({ appId, services }: { appId: number; services: string[] }) {
  const endpoints = await shown((actor) => listEndpoints(actor, appId))
  const { first, last } = config.endpointPorts
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-4">
        <p className="text-soft">Addresses at which the router takes requests for this app.</p>
        <CreateEndpointDialog appId={appId} services={services} ports={`${first} to ${last}`} />
      </div>
      {endpoints.length === 0 && <Empty title="No address leads to it yet.">Give a service a host name, or a port of its own to try it without DNS.</Empty>}
      {endpoints.length > 0 && (
        <List label="Endpoints">
          {endpoints.map(({ id, url, service, health, serving }) => (
            <ListRow key={id} href={`/endpoints/${id}`} name={url} aside={`to ${service}`}>healthy when {health.path} answers {health.strict ? '200' : 'at all'} within {health.limitSeconds} s<ServingNotice serving={serving} /></ListRow>
          ))}
        </List>
      )}
    </div>
  )
}
