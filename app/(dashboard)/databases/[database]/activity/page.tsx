import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { readDatabase } from '#components/database/read-database.ts'

type Props = { params: Promise<{ database: string }>; searchParams: SearchParams }

export default async function DatabaseActivityPage({ params, searchParams }: Props) {
  const { id } = await readDatabase((await params).database)
  return <Activity searchParams={searchParams} of={{ only: id }} />
}
