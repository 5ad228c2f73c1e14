import { sql } from '#lib/db/client.ts'
import type { Check } from './checks.ts'
import type { Deeds } from './deeds.ts'
import type { Disturbances } from './disturbances.ts'
import type { Observed } from './observer.ts'
import type { World } from './world.ts'

const problemsShown = 12

interface Campaign {
  /** To tell it from others. */
  run: { seconds: number; seed: number; flags: string }
  world: World
  deeds: Deeds
  disturbances: Disturbances
  observed: Observed
  checks: Check[]
}

/** For a reader; and last, in one line, for whoever collects figures. */
export async function printReport({ run, world, deeds, disturbances, observed, checks }: Campaign): Promise<void> {
  const outcomes = await sql<{ type: string; succeeded: number; failed: number; cancelled: number; other: number }[]>`
    select resource_kind || ' ' || type as type, count(*) filter (where status = 'succeeded')::int as succeeded, count(*) filter (where status = 'failed')::int as failed,
      count(*) filter (where status = 'cancelled')::int as cancelled, count(*) filter (where finished_at is null)::int as other
    from operations group by 1 order by 1`
  printTable('Operations by outcome', outcomes)
  const { title, rows } = world.figures()
  printTable(title, rows)
  const takeovers = observed.takeoversMs.toSorted((a, b) => a - b)
  console.log(`\nAccidents: ${Object.entries(disturbances.counts).map(([what, count]) => `${count} × ${what}`).join(', ')}`)
  console.log(`Cancels: ${deeds.cancelsAccepted.size} accepted, ${deeds.cancelsRefused} too late. Takeovers after a kill: ${takeovers.length}, at most ${takeovers.at(-1) ?? 0} ms.`)
  for (const [message, count] of deeds.refused) console.log(`Refused ${count} ×: ${message}`)
  console.log('\nPromises')
  for (const { name, problems } of checks) {
    console.log(`  ${problems.length === 0 ? 'ok  ' : 'FAIL'} ${String(problems.length).padStart(4)}  ${name}`)
    for (const problem of problems.slice(0, problemsShown)) console.log(`             ${problem.replaceAll('\n', '\n             ')}`)
    if (problems.length > problemsShown) console.log(`             and ${problems.length - problemsShown} more`)
  }
  const broken = checks.filter(({ problems }) => problems.length > 0).map(({ name }) => name)
  console.log(JSON.stringify({ chaos: run, accidents: disturbances.counts, cancels: deeds.cancelsAccepted.size, operations: outcomes, [title.toLowerCase()]: rows, broken }))
}

function printTable(title: string, rows: readonly Record<string, string | number>[]): void {
  console.log(`\n${title}`)
  const columns = Object.keys(rows[0] ?? {})
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)))
  for (const row of cells) console.log(`  ${row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join('  ')}`)
}
