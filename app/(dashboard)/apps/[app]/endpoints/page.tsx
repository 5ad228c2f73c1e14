import { AppGone } from '#components/app/app-gone.tsx'
import { readApp } from '#components/app/read-app.ts'
import { EndpointList } from '#components/endpoint/endpoint-list.tsx'

type Props = { params: Promise<{ app: string }> }

export default async function EndpointsPage({ params }: Props) {
  const app = await readApp((await params).app)
  if (app.deprovisionedAt) return <AppGone id={app.id} />
  return <EndpointList appId={app.id} services={Object.keys(app.release?.manifest.services ?? {})} />
}
