'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import clsx from 'clsx'
import { useEffect, useRef } from 'react'
import type { LogLineSnapshot } from '#lib/runner/log-queries.ts'
import { AnsiText } from './ansi-text.tsx'
import { useLogLines } from './use-log.ts'

const lineHeight = 20
/** Browsers lay out at most about 33 million pixels; what is above is in the download. */
const linesMax = 1_500_000

type Props = {
  operationId: number
  end: number
  follow: boolean
  wrap: boolean
  find: string
  line: number | null
  onScrolledUp: () => void
  onLine: (seq: number) => void
}

export function LogLines({ operationId, end, follow, wrap, find, line, onScrolledUp, onLine }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const hidden = Math.max(0, end - linesMax)
  const rows = useVirtualizer({ count: end - hidden, getScrollElement: () => box.current, estimateSize: () => lineHeight, overscan: 30 })
  const items = rows.getVirtualItems()
  const lineAt = useLogLines(operationId, hidden + (items[0]?.index ?? 0) + 1, hidden + (items.at(-1)?.index ?? 0) + 1, end)
  const height = rows.getTotalSize()
  // Wrapped lines are higher than guessed: each that is measured moves the end.
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, height])
  useEffect(() => {
    if (line !== null && line > hidden && line <= end) rows.scrollToIndex(line - hidden - 1, { align: 'center' })
    // Not when lines are added: only when another line is asked for, or the first have come.
  }, [line, end > 0, rows])
  return (
    <div ref={box} tabIndex={0} role="region" aria-label="Lines of the log" onWheel={({ deltaY }) => deltaY < 0 && onScrolledUp()} onTouchMove={onScrolledUp} onKeyDown={({ key }) => ['ArrowUp', 'PageUp', 'Home'].includes(key) && onScrolledUp()} className="min-h-0 flex-1 overflow-auto bg-sunken font-mono text-[0.82rem] leading-5">
      {hidden > 0 && <p className="px-3 text-soft">The first {hidden.toLocaleString('en')} lines are in the download only.</p>}
      <ol className={clsx('relative', !wrap && 'w-max min-w-full')} style={{ height }}>
        {items.map(({ index, start, key }) => (
          <li
            key={key}
            data-index={index}
            ref={wrap ? rows.measureElement : undefined}
            value={hidden + index + 1}
            className={clsx('absolute left-0 top-0 flex min-h-5 min-w-full list-none pr-3', wrap && 'w-full', hidden + index + 1 === line && 'bg-accent-wash')}
            style={{ transform: `translateY(${start}px)` }}
          >
            <LineNumber seq={hidden + index + 1} end={end} onLine={onLine} />
            <LineText line={lineAt(hidden + index + 1)} wrap={wrap} find={find} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function LineNumber({ seq, end, onLine }: { seq: number; end: number; onLine: (seq: number) => void }) {
  const choose = (event: React.MouseEvent) => {
    event.preventDefault()
    onLine(seq)
  }
  return (
    <a href={`#L${seq}`} onClick={choose} tabIndex={-1} aria-label={`Line ${seq}`} className="sticky left-0 shrink-0 select-none bg-sunken px-3 text-right text-soft hover:text-ink hover:underline" style={{ minWidth: `calc(${String(end).length}ch + 1.5rem)` }}>
      {seq}
    </a>
  )
}

function LineText({ line, wrap, find }: { line: LogLineSnapshot | undefined; wrap: boolean; find: string }) {
  if (!line) return <span className="text-soft">…</span>
  const { at, source, stream, text, cut } = line
  const ours = source === 'davit'
  return (
    <span title={`${at.slice(0, 19).replace('T', ' ')} UTC, ${source}`} className={clsx('min-w-0', wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre', ours && 'font-medium text-accent')}>
      {!ours && <span aria-hidden="true" className={clsx('mr-2 select-none', stream === 'stderr' ? 'text-warn' : 'text-edge')}>{stream === 'stderr' ? '!' : '│'}</span>}
      <AnsiText text={text} find={find} />
      {cut && <span className="text-soft"> … cut here; the download has the whole line</span>}
    </span>
  )
}
