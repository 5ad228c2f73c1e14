'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import clsx from 'clsx'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useRef, useState } from 'react'
import { readJson } from '#components/live/read-json.ts'
import { Instant } from '#components/ui/instant.tsx'
import type { Bar, Chart, Outcome } from '#lib/activity/read-chart.ts'
import { chartSentence, describeBar, heightsOf, totals } from './chart-words.ts'

const againMs = 15_000
/** A few bars are as wide as they would be among so many: one hour alone is no block across the page. */
const widthsFrom = 24
const order: Outcome[] = ['failed', 'cancelled', 'open', 'succeeded']
const looks: Record<Outcome, { fill: string; swatch: string; word: string }> = {
  failed: { fill: 'fill-bad', swatch: 'bg-bad', word: 'failed' },
  cancelled: { fill: 'fill-edge', swatch: 'bg-edge', word: 'cancelled' },
  open: { fill: 'fill-accent', swatch: 'bg-accent', word: 'not ended' },
  succeeded: { fill: 'fill-ok opacity-45', swatch: 'bg-ok opacity-45', word: 'succeeded' },
}

/** Operations over time by how they ended. A bar is a time filter; with Shift, everything from it to the range there is. */
export function ActivityChart({ query }: { query: string }) {
  const { data, error } = useQuery({
    queryKey: ['chart', query],
    queryFn: ({ signal }) => readJson<Chart>(`/api/activity/chart?${query}&zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)}`, signal),
    placeholderData: keepPreviousData,
    // What took too long once takes too long again.
    retry: false,
    refetchInterval: againMs,
  })
  if (data?.count.rows === 0) return null
  return (
    <section aria-label="Operations over time" className={clsx('flex flex-col gap-1 rounded-lg border border-line bg-surface px-4 py-2.5', data?.bars.length !== 0 && 'min-h-[7.8rem]')}>
      {data && <Figures chart={data} />}
      {data && data.bars.length > 0 && <Bars chart={data} />}
      {!data && error && <p className="text-[0.9rem] text-soft">There is no chart just now. {error.message}</p>}
      {data?.bars.length === 0 && <p className="text-[0.9rem] text-soft">No operation among them, so there is nothing to draw.</p>}
    </section>
  )
}

function Figures({ chart }: { chart: Chart }) {
  const sums = totals(chart.bars)
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-6 text-[0.85rem] text-soft">
      <p>
        <b className="font-semibold text-ink">{chart.count.about ? 'About ' : ''}{chart.count.rows.toLocaleString('en')}</b> {chart.count.rows === 1 ? 'entry' : 'entries'}
        {chart.ofNewest !== null && ` of the newest ${chart.ofNewest.toLocaleString('en')} resources of that name`}
        {chart.cut && `; the chart has the newest ${Object.values(sums).reduce((all, one) => all + one, 0).toLocaleString('en')} operations`}
      </p>
      <ul className="flex flex-wrap gap-x-4">
        {order.toReversed().filter((outcome) => sums[outcome] > 0).map((outcome) => (
          <li key={outcome} className="inline-flex items-center gap-1.5"><span className={`size-2.5 rounded-xs ${looks[outcome].swatch}`} aria-hidden="true" />{sums[outcome].toLocaleString('en')} {looks[outcome].word}</li>
        ))}
      </ul>
    </div>
  )
}

function Bars({ chart: { bars, by } }: { chart: Chart }) {
  const [at, setAt] = useState(bars.length - 1)
  const svg = useRef<SVGSVGElement>(null)
  const { address, choose } = useRange()
  const current = Math.min(at, bars.length - 1)
  // One stop for the Tab key: the arrows move among the bars.
  const move = (event: React.KeyboardEvent) => {
    const to = { ArrowLeft: current - 1, ArrowRight: current + 1, Home: 0, End: bars.length - 1 }[event.key]
    if (to === undefined || !bars[to]) return
    event.preventDefault()
    setAt(to)
    svg.current?.querySelectorAll<SVGAElement>('a')[to]?.focus()
  }
  return (
    <>
      <svg ref={svg} role="group" aria-label={chartSentence(bars, by)} viewBox={`0 0 ${bars.length * 10} 100`} preserveAspectRatio="none" onKeyDown={move} className="h-14 w-full border-b border-line">
        {bars.map((bar, index) => (
          <a key={bar.from} href={address(bar)} tabIndex={index === current ? 0 : -1} onFocus={() => setAt(index)} onClick={(event) => choose(event, bar)} aria-label={describeBar(bar, by)} className="group outline-none">
            <title>{describeBar(bar, by)}</title>
            <rect x={index * 10} y={0} width={10} height={100} className="fill-transparent group-hover:fill-sunken group-focus-visible:fill-accent-wash group-focus-visible:stroke-accent" vectorEffect="non-scaling-stroke" />
            <Stack bar={bar} middle={index * 10 + 5} width={8 * Math.min(1, bars.length / widthsFrom)} most={heightsOf(bars)} />
          </a>
        ))}
      </svg>
      <p className="flex justify-between text-[0.8rem] text-soft"><Instant at={bars[0]!.from} show={by === 'day' ? 'date' : 'both'} /><span>{by === 'day' ? 'by day' : 'by hour'}</span><Instant at={bars.at(-1)!.to} show={by === 'day' ? 'date' : 'both'} /></p>
    </>
  )
}

function Stack({ bar, middle, width, most }: { bar: Bar; middle: number; width: number; most: number }) {
  let below = 100
  return order.map((outcome) => {
    const count = bar.counts[outcome]
    if (count === 0) return null
    // A single failure among thousands is what one looks for: it is never thinner than can be seen.
    const height = Math.max((count / most) * 92, 4)
    below -= height
    return <rect key={outcome} x={middle - width / 2} y={Math.max(0, below)} width={width} height={height} className={looks[outcome].fill} />
  })
}

/** The range of the address with that bar as its range, or widened to it. */
function useRange() {
  const router = useRouter()
  const path = usePathname()
  const params = useSearchParams()
  const address = (bar: Bar, wider = false) => {
    const next = new URLSearchParams(params)
    const [from, to] = [params.get('from'), params.get('to')]
    next.set('from', wider && from && from < bar.from ? from : bar.from)
    next.set('to', wider && to && to > bar.to ? to : bar.to)
    next.delete('before')
    next.delete('after')
    return `${path}?${next}`
  }
  const choose = (event: React.MouseEvent, bar: Bar) => {
    if (event.metaKey || event.ctrlKey) return
    event.preventDefault()
    router.push(address(bar, event.shiftKey), { scroll: false })
  }
  return { address, choose }
}
