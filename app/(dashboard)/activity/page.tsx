import type { Metadata } from 'next'
import { Activity, type SearchParams } from '#components/activity/activity.tsx'
import { PageHead } from '#components/ui/page-head.tsx'

export const metadata: Metadata = { title: 'Activity' }

export default function ActivityPage({ searchParams }: { searchParams: SearchParams }) {
  return (
    <>
      <PageHead title="Activity" />
      <Activity searchParams={searchParams} />
    </>
  )
}
