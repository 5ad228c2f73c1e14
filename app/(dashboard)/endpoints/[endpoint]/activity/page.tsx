import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { readEndpoint } from '#components/endpoint/read-endpoint.ts'

type Props = { params: Promise<{ endpoint: string }>; searchParams: SearchParams }

export default async function EndpointActivityPage({ params, searchParams }: Props) {
  const { id } = await readEndpoint((await params).endpoint)
  return <Activity searchParams={searchParams} of={{ only: id }} />
}
