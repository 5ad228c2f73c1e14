import { setTimeout as pause } from 'node:timers/promises'
import { sql } from '#lib/db/client.ts'
import { isOutage } from '#lib/db/outage.ts'
import type { Disturbances } from './disturbances.ts'
import type { Fleet } from './fleet.ts'
import { arrayOf } from '#lib/db/array.ts'

const everyMs = 300
const takeOverSeconds = 10

/** What can only be seen while it happens. */
export interface Observed {
  /** A reader of a log that goes by seq alone would have missed these. */
  missedLines: string[]
  /** Operations that lay with a killed runner for longer than they may. */
  lateTakeovers: string[]
  /** Milliseconds from the kill of a runner until its operation was seen with another. */
  takeoversMs: number[]
  done: Promise<void>
}

export function startObserver(fleet: Fleet, disturbances: Disturbances, stopped: AbortSignal): Observed {
  const found: Observed = { missedLines: [], lateTakeovers: [], takeoversMs: [], done: Promise.resolve() }
  const cursors = new Map<number, number>()
  const orphaned = new Map<number, { pid: number; at: number; told: boolean }>()
  async function observe() {
    while (!stopped.aborted) {
      try {
        await followLogs(cursors, found)
        await watchTakeovers(orphaned, fleet, disturbances, found)
      } catch (error) {
        if (!isOutage(error)) throw error
      }
      await pause(everyMs, undefined, { signal: stopped }).catch(() => {})
    }
  }
  found.done = observe()
  return found
}

/** Reads each log as a viewer does: whatever comes after the last line it has seen. */
async function followLogs(cursors: Map<number, number>, found: Observed) {
  const open = await sql<{ id: string; ended: boolean }[]>`
    select id, finished_at is not null as ended from operations where id > coalesce((select min(id) - 1 from operations where finished_at is null), 0)`
  for (const { id } of open) if (!cursors.has(Number(id))) cursors.set(Number(id), 0)
  const ids = [...cursors.keys()]
  const rows = await sql<{ id: string; first: string; last: string; lines: string }[]>`
    select l.operation_id as id, min(l.seq) as first, max(l.seq) as last, count(*) as lines
    from unnest(${arrayOf(ids)}::bigint[], ${arrayOf(ids.map((id) => cursors.get(id)!))}::bigint[]) as c(id, seen)
    join log_lines l on l.operation_id = c.id and l.seq > c.seen group by 1`
  for (const row of rows) {
    const [id, seen, first, last, lines] = [Number(row.id), cursors.get(Number(row.id))!, Number(row.first), Number(row.last), Number(row.lines)]
    if (first !== seen + 1 || last - seen !== lines) found.missedLines.push(`operation ${id}: after line ${seen} came ${lines} lines, ${first} to ${last}`)
    cursors.set(id, last)
  }
}

async function watchTakeovers(orphaned: Map<number, { pid: number; at: number; told: boolean }>, fleet: Fleet, { outages }: Disturbances, found: Observed) {
  const rows = await sql<{ id: string; pid: number | null }[]>`
    select o.id, r.pid from operations o left join runners r on r.id = o.runner_id where o.status in ('running', 'rolling_back')`
  const now = performance.now()
  const owners = new Map(rows.map(({ id, pid }) => [Number(id), pid]))
  for (const [id, pid] of owners) {
    const at = pid === null ? undefined : fleet.killedAt.get(pid)
    if (pid !== null && at !== undefined && !orphaned.has(id)) orphaned.set(id, { pid, at, told: false })
  }
  for (const [id, one] of orphaned) {
    const owner = owners.get(id)
    if (owner === one.pid || owner === null) {
      // An outage stops the clock: whoever is cut off from the db can take nothing over.
      const away = outages.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, now) - Math.max(from, one.at)), 0)
      const late = now - one.at - away > takeOverSeconds * 1000
      if (late && !one.told) found.lateTakeovers.push(`operation ${id}: its runner (pid ${one.pid}) was killed ${Math.round((now - one.at) / 100) / 10} s ago`)
      one.told ||= late
      continue
    }
    if (owner !== undefined) found.takeoversMs.push(Math.round(now - one.at))
    orphaned.delete(id)
  }
}
