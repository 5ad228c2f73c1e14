'use client'

import { counted } from '#components/ui/counted.ts'
import { DayChart } from './day-chart.tsx'
import { ReportTable } from './report-table.tsx'
import { shownMax, useReport } from './use-report.ts'
import { weekDays } from './words.ts'

type Props = { href: string; name: string; since: string }

/** The CSV itself, read here: what is seen is what is downloaded. */
export function ReportLook({ href, name, since }: Props) {
  const { rows, first, days, done, failed } = useReport(href)
  if (failed) return <p role="alert" className="mt-3 text-bad">It could not be read. Close it and look again, or download it.</p>
  if (done && rows === 0) return <p className="mt-3 text-soft">It has a header and no rows: nothing ended in this time.</p>
  return (
    <section aria-label={`Inside ${name}`} aria-busy={!done} className="mt-4 flex flex-col gap-4">
      {rows > 0 && <DayChart days={weekDays(since)} counts={days} />}
      {rows > 0 && <ReportTable name={name} rows={first} />}
      <p className="text-[0.85rem] text-soft" aria-live="polite">
        {!done ? `Reading; ${counted(rows, 'row')} so far.` : rows > shownMax ? `The first ${shownMax} of ${counted(rows, 'row')}; the chart counts all of them, and the download has them.` : `${counted(rows, 'row')}, all of them.`}
      </p>
    </section>
  )
}
