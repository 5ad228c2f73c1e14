'use client'

import clsx from 'clsx'
import { formatDuration } from '#components/ui/duration.ts'
import { Ticking, useElapsed } from '#components/ui/ticking.tsx'
import type { OperationView } from './read-operation.ts'

/** How long it has taken, against how long it usually takes. */
export function OperationPace({ operation }: { operation: OperationView }) {
  const { startedAt, finishedAt, queuedAt, now, usual, status } = operation
  if (startedAt === null) {
    return <p className="text-soft">{status === 'queued' ? 'Waiting for ' : 'Waited '}<Ticking from={queuedAt} to={finishedAt} now={now} /></p>
  }
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-soft">
      <span><span className="font-medium text-ink"><Ticking from={startedAt} to={finishedAt} now={now} /></span>{finishedAt ? ' in all' : ' so far'}</span>
      {usual && <span title={`The median of the last ${usual.of} that succeeded and took the same steps${usual.same === 'resource' ? ' here' : ', of this type anywhere'}.`}>usually {formatDuration(usual.ms)}</span>}
      {usual && status === 'running' && <UsualBar from={startedAt} now={now} usualMs={usual.ms} />}
    </p>
  )
}

function UsualBar({ from, now, usualMs }: { from: string; now: string; usualMs: number }) {
  const share = useElapsed(from, null, now, 500) / usualMs
  return (
    <span className="inline-flex h-1.5 w-28 overflow-hidden rounded-full bg-line" aria-hidden="true">
      <span className={clsx('h-full rounded-full', share > 1.5 ? 'bg-warn' : 'bg-accent')} style={{ width: `${Math.min(100, share * 100)}%` }} />
    </span>
  )
}
