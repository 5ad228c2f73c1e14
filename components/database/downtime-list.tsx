import Link from 'next/link'
import { shown } from '#components/shell/shown.ts'
import { Status } from '#components/operation/status.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { listDowntimes } from '#lib/database/queries.ts'
import { Downtime } from './downtime.tsx'

const title = 'Downtime of the last operations'

/** What the last operations cost its clients, beside what was planned. */
export async function DowntimeList({ databaseId }: { databaseId: number }) {
  const downtimes = await shown((actor) => listDowntimes(actor, databaseId))
  return (
    <Panel title={title}>
      {downtimes.length === 0 && <p className="px-4 py-2.5 text-soft">None has been measured yet.</p>}
      <ul aria-label={title} className="divide-y divide-line">
        {downtimes.map(({ id, title: operation, status, rollback, at, downtimeMs, atMost, budgetMs }) => (
          <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 px-4 py-2">
            <div className="min-w-0">
              <Link href={`/operations/${id}`} prefetch={false} className="font-medium hover:underline [overflow-wrap:anywhere]">{operation}</Link>
              <p className="flex flex-wrap gap-x-3 text-[0.85rem] text-soft">{at && <Instant at={at.toISOString()} />}{status !== 'succeeded' && <Status status={status} rollback={rollback} />}</p>
            </div>
            <p className="text-soft"><Downtime ms={downtimeMs!} atMost={atMost} budgetMs={budgetMs} /></p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
