import type { Outcome, Read } from './use-report.ts'
import { dayName } from './words.ts'

const order: Outcome[] = ['failed', 'cancelled', 'succeeded']
const looks: Record<Outcome, { fill: string; swatch: string }> = {
  failed: { fill: 'fill-bad', swatch: 'bg-bad' },
  cancelled: { fill: 'fill-edge', swatch: 'bg-edge' },
  succeeded: { fill: 'fill-ok opacity-45', swatch: 'bg-ok opacity-45' },
}
const none = { succeeded: 0, failed: 0, cancelled: 0 }
const sumOf = (counts: Record<Outcome, number>) => counts.succeeded + counts.failed + counts.cancelled

/** Operations by the day of their end, in UTC as the report has it, and by how they ended. */
export function DayChart({ days, counts }: { days: string[]; counts: Read['days'] }) {
  const shown = [...new Set([...days, ...Object.keys(counts)])].toSorted()
  const most = Math.max(1, ...Object.values(counts).map(sumOf))
  return (
    <figure className="max-w-2xl">
      <figcaption className="flex flex-wrap gap-x-4 text-[0.85rem] text-soft">
        <span>Operations by day, in UTC</span>
        {order.toReversed().map((outcome) => <span key={outcome} className="inline-flex items-center gap-1.5"><span className={`size-2.5 rounded-xs ${looks[outcome].swatch}`} aria-hidden="true" />{outcome}</span>)}
      </figcaption>
      <ul className="mt-2 grid grid-flow-col auto-cols-fr gap-1">
        {shown.map((day) => <Day key={day} day={day} counts={counts[day] ?? none} most={most} />)}
      </ul>
    </figure>
  )
}

function Day({ day, counts, most }: { day: string; counts: Record<Outcome, number>; most: number }) {
  const sum = sumOf(counts)
  const words = order.toReversed().filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`).join(', ')
  let below = 100
  return (
    <li className="text-center text-[0.8rem] text-soft" title={`${dayName(day)}: ${words || 'nothing'}`}>
      <svg viewBox="0 0 10 100" preserveAspectRatio="none" className="h-24 w-full border-b border-line" aria-hidden="true">
        {order.map((outcome) => {
          if (counts[outcome] === 0) return null
          // A single failure among thousands is what one looks for.
          const height = Math.max((counts[outcome] / most) * 96, 3)
          below -= height
          return <rect key={outcome} x={1.5} y={Math.max(0, below)} width={7} height={height} className={looks[outcome].fill} />
        })}
      </svg>
      <span className="block font-medium text-ink">{sum.toLocaleString('en')}</span>
      <span className="block leading-tight">{dayName(day).split(' ')[0]}<span className="hidden sm:inline"> {dayName(day).split(' ').slice(1).join(' ')}</span></span>
      <span className="sr-only">{words || 'nothing'}</span>
    </li>
  )
}
