import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { findOpenWeek, listReports } from '#lib/report/queries.ts'
import { isoName, weekOf } from '#lib/report/week.ts'
import { OpenWeek, ReportItem } from './report-item.tsx'

type Props = { environmentId: number; live: boolean }

export async function Reports({ environmentId, live }: Props) {
  const [reports, open] = await shown((actor) => Promise.all([listReports(actor, environmentId), findOpenWeek(actor, environmentId)]))
  const base = `/api/environments/${environmentId}/reports`
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-soft">
        Every operation that ended in this environment is in exactly one report. A report is made when its week is over (Monday, 00:00 UTC), and sealed together with the one before it: neither it nor its operations can be changed without that showing.
      </p>
      {live && <OpenWeek href={`${base}/so-far`} name={isoName(weekOf(open.since))} since={open.since.toISOString()} />}
      {reports.length === 0 ? (
        <Empty title="No report has been made yet.">{live ? 'The first is made on Monday, 00:00 UTC, also if nothing has happened.' : 'Its last week is being sealed; it will be listed here in a moment.'}</Empty>
      ) : (
        <ol aria-label="Activity reports" className="divide-y divide-line rounded-lg border border-line bg-surface">
          {reports.map((report) => <ReportItem key={report.id} report={report} href={`${base}/${report.id}/csv`} />)}
        </ol>
      )}
    </div>
  )
}
