'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { AnsiText } from '#components/log/ansi-text.tsx'
import { readJson } from '#components/live/read-json.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/panel.tsx'

type Line = { at: string; stream: string; text: string; position: number }
type Page = { lines: Line[]; position: number }

const pollMs = 1000
/** What a page keeps; a container's whole output is on its machine. */
const linesMax = 5000

/** Where nothing closes it, it is a part of its page, and shows itself to nobody who has come for another. */
export function ContainerLog({ name, onClose }: { name: string; onClose?: () => void }) {
  const { lines, trouble } = useContainerLog(name)
  const [follow, setFollow] = useState(true)
  const box = useRef<HTMLDivElement>(null)
  const closes = onClose !== undefined
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => 20, overscan: 30 })
  // Beneath hundreds of containers it would open, and grow with its first lines, out of sight.
  // In braces: newer browsers return a promise, which React would take for what cleans up.
  useEffect(() => {
    if (closes) box.current?.scrollIntoView({ block: 'nearest' })
  }, [closes, lines.length > 0])
  useEffect(() => {
    if (follow && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [follow, lines, rows])
  const title = <>Log of <span className="font-mono text-[0.9rem] font-normal [overflow-wrap:anywhere]">{name}</span></>
  const aside = (
    <span className="flex">
      <Button look="quiet" aria-pressed={follow} onClick={() => setFollow(!follow)}>{follow ? 'Pause' : 'Follow'}</Button>
      {onClose && <Button look="quiet" aria-label="Close the log" className="px-2" onClick={onClose}><X className="size-4" aria-hidden="true" /></Button>}
    </span>
  )
  return (
    <Panel title={title} aside={aside}>
      {trouble && <p role="status" className="px-4 py-2 text-warn">{trouble}</p>}
      <div ref={box} tabIndex={0} role="region" aria-label={`Lines of ${name}`} onWheel={({ deltaY }) => deltaY < 0 && setFollow(false)} className="max-h-[28rem] min-h-20 overflow-auto bg-sunken px-3 py-1 font-mono text-[0.82rem] leading-5">
        {lines.length === 0 && !trouble && <p className="p-3 text-soft">It has written nothing yet.</p>}
        <ol className="relative min-w-full sm:w-max" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]
            return line && <li key={line.position} data-index={index} ref={rows.measureElement} title={`${line.at.slice(0, 19).replace('T', ' ')} UTC`} className="absolute left-0 top-0 min-h-5 list-none whitespace-pre max-sm:w-full max-sm:whitespace-pre-wrap max-sm:[overflow-wrap:anywhere]" style={{ transform: `translateY(${start}px)` }}><AnsiText text={line.text} find="" /></li>
          })}
        </ol>
      </div>
    </Panel>
  )
}

/** Asks for what came since the last answer: no stream is held, a browser has few of them. */
function useContainerLog(name: string) {
  const [lines, setLines] = useState<Line[]>([])
  const [trouble, setTrouble] = useState<string | null>(null)
  useEffect(() => {
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    let from = 0
    const read = async () => {
      try {
        const page = await readJson<Page>(`/api/containers/${encodeURIComponent(name)}/log?from=${from}`, stop.signal)
        from = page.position
        if (page.lines.length > 0) setLines((before) => [...before, ...page.lines].slice(-linesMax))
        setTrouble(null)
      } catch {
        if (!stop.signal.aborted) setTrouble('Its output cannot be read right now.')
      }
      timer = setTimeout(read, pollMs)
    }
    void read()
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [name])
  return { lines, trouble }
}
