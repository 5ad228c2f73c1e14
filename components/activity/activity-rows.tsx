'use client'

import { Download } from 'lucide-react'
import Link from 'next/link'
import { Status } from '#components/operation/status.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Ticking } from '#components/ui/ticking.tsx'
import type { ActivityRow, OperationRow as Row } from '#lib/activity/list-activity.ts'
import { EventRow } from './event-row.tsx'

type Props = { rows: ActivityRow[]; now: string; label?: string }

export function ActivityRows({ rows, now, label = 'Operations' }: Props) {
  return (
    <ol aria-label={label} className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {rows.map((row) => (row.kind === 'operation' ? <OperationRow key={row.id} row={row} now={now} /> : <EventRow key={row.id} row={row} />))}
    </ol>
  )
}

function OperationRow({ row, now }: { row: Row; now: string }) {
  const { id, status, rollback, title, note, actorName, actorEmail, environmentHandle, resourceKind, at, startedAt, finishedAt } = row
  return (
    <li data-id={id} className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2 hover:bg-sunken sm:grid-cols-[9.5rem_minmax(0,1fr)_auto_auto]">
      <span className="text-[0.9rem] max-sm:order-3 max-sm:col-span-2"><Status status={status} rollback={rollback} /></span>
      <div className="min-w-0 max-sm:order-1">
        {/* The whole row leads to the operation, but for the download that lies above it. */}
        <Link href={`/operations/${id}`} prefetch={false} className="font-medium after:absolute after:inset-0 hover:underline [overflow-wrap:anywhere]">{title}</Link>
        {note && <p className="truncate text-[0.9rem] text-soft">“{note}”</p>}
      </div>
      <p className="min-w-0 text-[0.85rem] text-soft max-sm:order-4 max-sm:col-span-2 sm:max-w-72 sm:text-right lg:max-w-[28rem]">
        <span className="tabular-nums">{id}</span> · <span title={actorEmail ?? undefined} className="[overflow-wrap:anywhere]">{actorName}</span>
        {environmentHandle && resourceKind !== 'environment' && <> · <span className="[overflow-wrap:anywhere]">{environmentHandle}</span></>}
        <br className="max-sm:hidden" />
        <span className="sm:hidden"> · </span>
        <Instant at={at} />
        {startedAt && <> · <Ticking from={startedAt} to={finishedAt} now={now} every={1000} /></>}
      </p>
      <a
        href={`/api/operations/${id}/log/download${finishedAt === null ? '?follow=1' : ''}`}
        download
        aria-label={`Download the log of operation ${id}`}
        title="Download the log"
        className="relative rounded-md p-1.5 text-soft hover:bg-line hover:text-ink max-sm:order-2 max-sm:-mr-1.5 max-sm:self-start"
      >
        <Download className="size-4" aria-hidden="true" />
      </a>
    </li>
  )
}
