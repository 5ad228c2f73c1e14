import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { readApp } from '#components/app/read-app.ts'

type Props = { params: Promise<{ app: string }>; searchParams: SearchParams }

export default async function AppActivityPage({ params, searchParams }: Props) {
  const app = await readApp((await params).app)
  return <Activity searchParams={searchParams} of={{ app: app.id }} />
}
