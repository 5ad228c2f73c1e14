import type { Bar, Chart, Outcome } from '#lib/activity/read-chart.ts'

const words: Record<Outcome, string> = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled', open: 'not ended' }

export function totals(bars: Bar[]): Record<Outcome, number> {
  const sums: Record<Outcome, number> = { succeeded: 0, failed: 0, cancelled: 0, open: 0 }
  for (const { counts } of bars) for (const outcome of Object.keys(sums) as Outcome[]) sums[outcome] += counts[outcome]
  return sums
}

const sumOf = (bar: Bar) => Object.values(bar.counts).reduce((all, one) => all + one, 0)

/** What the highest bar stands for. */
export const heightsOf = (bars: Bar[]) => Math.max(1, ...bars.map(sumOf))

/** "20 Nov 2026, 14:00 to 15:00: 12 operations, 11 succeeded, 1 failed", in the reader's zone. */
export function describeBar(bar: Bar, by: Chart['by']): string {
  const sum = sumOf(bar)
  return `${spanOf(bar, by)}: ${sum === 0 ? 'no operation' : `${sum} operation${sum === 1 ? '' : 's'}, ${listOf(bar.counts)}`}`
}

export function chartSentence(bars: Bar[], by: Chart['by']): string {
  return `Operations by ${by}, ${spanOf({ ...bars[0]!, to: bars.at(-1)!.to }, by)}: ${listOf(totals(bars))}. Each bar is a time filter; the arrow keys move between them.`
}

function listOf(counts: Record<Outcome, number>): string {
  return (Object.keys(words) as Outcome[]).filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${words[outcome]}`).join(', ')
}

function spanOf({ from, to }: Bar, by: Chart['by']): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
  // The end belongs to the next span: a day ends on its own date.
  const days = [day.format(new Date(from)), day.format(Date.parse(to) - 1)]
  if (by === 'day') return days[0] === days[1] ? days[0]! : `${days[0]} to ${days[1]}`
  const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
  const [begins, ends] = [time.format(new Date(from)), time.format(new Date(to))]
  return days[0] === days[1] ? `${days[0]}, ${begins} to ${ends}` : `${days[0]}, ${begins} to ${days[1]}, ${ends}`
}
