import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'

type Props = { params: Promise<{ environment: string }>; searchParams: SearchParams }

export default async function EnvironmentActivityPage({ params, searchParams }: Props) {
  const { id } = await readEnvironment((await params).environment)
  return <Activity searchParams={searchParams} of={{ environment: id }} />
}
