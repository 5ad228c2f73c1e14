'use client'

import { Download, Eye, EyeOff, ShieldAlert, ShieldCheck } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { formatBytes } from '#components/ui/bytes.ts'
import { counted } from '#components/ui/counted.ts'
import { Instant } from '#components/ui/instant.tsx'
import type { ReportRow } from '#lib/report/queries.ts'
import { ReportLook } from './report-look.tsx'
import { Seal } from './seal.tsx'
import { daysOf } from './words.ts'

export function ReportItem({ report, href }: { report: ReportRow; href: string }) {
  const { name, week, part, rows, failures, rollbacks, bytes, seal, madeAt, until } = report
  return (
    <Item as="li" href={href} name={part > 1 ? `${name}, part ${part}` : name} days={daysOf(week, until)} since={week}>
      <p className="flex flex-wrap gap-x-5 gap-y-0.5">
        <span className={rows === 0 ? 'text-soft' : undefined}>{rows === 0 ? 'Nothing ended in this week' : counted(rows, 'operation')}</span>
        {rows > 0 && <span className={failures > 0 ? 'font-medium text-bad' : 'text-soft'}>{counted(failures, 'failure')}</span>}
        {rows > 0 && <span className={rollbacks > 0 ? undefined : 'text-soft'}>{counted(rollbacks, 'rollback')}</span>}
        <span className="text-soft">{formatBytes(bytes)}</span>
      </p>
      <p className="flex flex-wrap items-center gap-x-5 gap-y-0.5 text-[0.85rem] text-soft">
        <span>made <Instant at={madeAt} /></span>
        <Seal seal={seal} />
        <Verified report={report} />
      </p>
    </Item>
  )
}

export function OpenWeek({ href, name, since }: { href: string; name: string; since: string }) {
  return (
    <Item as="section" href={href} name={`${name} so far`} days="not sealed" since={since.slice(0, 10)}>
      <p className="text-soft">What has ended since <Instant at={since} />, as its report would have it now. It has no seal and proves nothing yet.</p>
    </Item>
  )
}

function Verified({ report: { checkedAt, problem } }: { report: ReportRow }) {
  if (checkedAt === null) return <span title="npm run verify-reports verifies all reports">not verified yet</span>
  if (problem !== null) return <span className="font-medium text-bad"><ShieldAlert className="mr-1 inline size-4 align-text-bottom" aria-hidden="true" />Does not match: {problem} (as of <Instant at={checkedAt} />)</span>
  return <span className="inline-flex items-center gap-1 text-ok"><ShieldCheck className="size-4" aria-hidden="true" />verified <Instant at={checkedAt} /></span>
}

type ItemProps = { as: 'li' | 'section'; href: string; name: string; days: string; since: string; children: React.ReactNode }

function Item({ as: Element, href, name, days, since, children }: ItemProps) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const Shape = open ? EyeOff : Eye
  return (
    <Element aria-labelledby={id} className={Element === 'section' ? 'rounded-lg border border-dashed border-edge px-4 py-3' : 'px-4 py-3'}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="flex min-w-0 flex-col gap-1 text-[0.93rem]">
          <h2 id={id} className="text-base font-semibold">{name} <span className="ml-1 text-[0.93rem] font-normal text-soft">{days}</span></h2>
          {children}
        </div>
        <div className="flex gap-2">
          <Button onClick={() => setOpen(!open)} aria-expanded={open} aria-label={open ? `Close ${name}` : `Look at ${name}`}><Shape className="size-4" aria-hidden="true" /> {open ? 'Close' : 'Look'}</Button>
          <a href={href} download aria-label={`Download CSV of ${name}`} className="inline-flex min-h-8 items-center gap-1.5 whitespace-nowrap rounded-md border border-edge bg-surface px-3 py-1 text-[0.9rem] font-medium hover:bg-sunken">
            <Download className="size-4" aria-hidden="true" /> Download CSV
          </a>
        </div>
      </div>
      {open && <ReportLook href={href} name={name} since={since} />}
    </Element>
  )
}
