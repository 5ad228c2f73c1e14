import { formatDuration } from '#components/ui/duration.ts'

/** What a client felt, beside what was planned. */
export function Downtime({ ms, atMost, budgetMs }: { ms: number; atMost: boolean; budgetMs: number }) {
  return <>{atMost && <span title="Its runner died. Until another took over nobody asked the database, which may have answered before.">at most </span>}<span className={ms > budgetMs ? 'font-medium text-warn' : 'font-medium text-ink'}>{formatDowntime(ms)}</span> of {formatDowntime(budgetMs)} planned</>
}

/** Milliseconds while they can be counted: 412 ms, 3,250 ms, 12 s. */
const formatDowntime = (ms: number) => (ms < 10_000 ? `${Math.round(ms).toLocaleString('en')} ms` : formatDuration(ms))
