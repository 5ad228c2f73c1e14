import Link from 'next/link'
import { shown } from '#components/shell/shown.ts'
import { Section } from '#components/ui/section.tsx'
import { listActivity } from '#lib/activity/list-activity.ts'
import type { ActivityFilter } from '#lib/activity/schema.ts'
import { ActivityRows } from './activity-rows.tsx'

const recentRows = 5

type Props = { of: Pick<ActivityFilter, 'app' | 'only'>; /** Where the rest is. */ all: string }

export async function LatestOperations({ of, all }: Props) {
  const { rows, now } = await shown((actor) => listActivity(actor, { ...of, kind: 'operation' }))
  return (
    <Section title="Latest operations" aside={<Link href={all} className="link text-[0.9rem]">All activity</Link>}>
      <ActivityRows rows={rows.slice(0, recentRows)} now={now} />
    </Section>
  )
}
