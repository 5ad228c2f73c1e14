import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { readStack } from '#components/stack/read-stack.ts'

type Props = { params: Promise<{ stack: string }>; searchParams: SearchParams }

export default async function StackActivityPage({ params, searchParams }: Props) {
  const stack = await readStack((await params).stack)
  return <Activity searchParams={searchParams} of={{ stack: stack.id }} />
}
