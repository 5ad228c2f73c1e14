import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { sql } from '#lib/db/client.ts'
import { inherited } from '#lib/config.ts'
import { middleRound, printFigure } from './figure.ts'
import type { Measured, Way } from './report-process.ts'

const rowsCount = 1_000_000
const rounds = 3
const sliceRows = 100_000
const secondsBetween = 0.6
const week = '2026-01-05T00:00:00Z'
const end = '2026-01-12T00:00:00Z'
/** After a tenth of the rows. */
const tenth = new Date(Date.parse(week) + (rowsCount / 10) * secondsBetween * 1000 + 60_000).toISOString()

/** One environment's week of a million operations, made into a report, beside COPY of the same columns of the same rows. */
export async function bench(): Promise<void> {
  const { environment, maker } = await fill()
  const speed: { value: number; baseline: number }[] = []
  const peaks: { value: number; baseline: number }[] = []
  const growth: { value: number; baseline: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const [copied, made] = [await measure('copy', environment, maker), await measure('make', environment, maker)]
    const small = await measure('make', environment, maker, tenth)
    if (copied.rows !== rowsCount || made.rows !== rowsCount) throw new Error(`${copied.rows} rows were copied and ${made.rows} reported`)
    speed.push({ value: made.rows / made.seconds, baseline: copied.rows / copied.seconds })
    peaks.push({ value: made.peakMb, baseline: copied.peakMb })
    growth.push({ value: made.peakMb, baseline: small.peakMb })
    console.error(`round ${round + 1}: ${Math.round(made.bytes / 1e6)} MB of CSV, ${Math.round(made.compressedBytes / 1e6)} MB stored`)
  }
  const middle = middleRound(speed)
  printFigure('report', 'rows_per_second', middle.value, '1/s', middle.baseline)
  const peak = middleRound(peaks)
  printFigure('report', 'peak_mb', peak.value, 'MB', peak.baseline)
  // Beside a report of a tenth of the rows: whether memory grows with them.
  const grown = middleRound(growth)
  printFigure('report', 'peak_growth_mb', grown.value, 'MB', grown.baseline)
}

/** In a process of its own, so that its peak is of nothing else. */
async function measure(way: Way, environment: number, maker: number, until = end): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'report-process.ts'), [way, String(environment), String(maker), week, until], { env: inherited, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  const [measured] = (await Promise.race([once(child, 'message'), ended])) as [Measured]
  await ended
  if (typeof measured !== 'object') throw new Error(`${way} ended before it was through`)
  return measured
}

async function fill(): Promise<{ environment: number; maker: number }> {
  // Nothing here reads by them, and they take most of the time of an insert.
  const idle = await sql<{ name: string }[]>`
    select indexname as name from pg_indexes where tablename = 'operations' and indexname not in ('operations_pkey', 'operations_ended', 'operations_request_key_unique')`
  for (const { name } of idle) await sql`drop index ${sql(name)}`
  const [stack] = await sql<{ id: string }[]>`insert into resources (kind, handle) values ('stack', 'reported') returning id`
  const [environment] = await sql<{ id: string }[]>`insert into resources (kind, handle, stack_id) values ('environment', 'reported', ${stack!.id}) returning id`
  const id = environment!.id
  for (let from = 0; from < rowsCount; from += sliceRows) {
    await sql`
      insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, stack_id, environment_id, environment_handle, actor_kind, actor_id, actor_name, actor_email, source,
        note, request_key, queued_at, started_at, finished_at, reason, rollback, rollback_started_at, failed_step, error, release_number, requests_served, requests_lost)
      select (array['deploy', 'scale', 'configure', 'restart'])[1 + i % 4], case when failed then 'failed' else 'succeeded' end::operation_status, 'Deploy storefront', '{}', '[]', ${id}, 'app', 'storefront-' || i % 50, ${stack!.id}, ${id}, 'production',
        'user', 1 + i % 9, 'Person ' || i % 9, 'person-' || i % 9 || '@example.org', 'dashboard', case when i % 3 = 0 then 'Release ' || i || ', with "rounding", as asked for by the auditors' end, 'reported ' || i,
        at, at + interval '1.234567 s', at + interval '31.765432 s', case when failed then 'error' end, case when failed then 'complete' end, case when failed then at end,
        case when failed then 'wait until healthy' end, case when failed then 'The container did not answer.' || chr(10) || 'Its last line: listening on ' || i end, i % 1000, i * 3, 0
      from generate_series(${from}::int + 1, ${from + sliceRows}::int) i, lateral (select i % 20 = 0 as failed, ${week}::timestamptz + i * make_interval(secs => ${secondsBetween}) as at) row`
  }
  const [maker] = await sql<{ id: string }[]>`
    insert into operations (type, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, request_key)
    values ('report', 'Report', '{}', '[]', ${stack!.id}, 'stack', 'reported', 'schedule', 'schedule', 'schedule', 'the bench makes a report') returning id`
  await sql`vacuum (analyze) operations`
  return { environment: Number(id), maker: Number(maker!.id) }
}
