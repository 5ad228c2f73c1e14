import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { config, inherited } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { connectionFile, homeOf, readConnection } from '#lib/db/embedded.ts'
import { buildWeb } from '#lib/start/build.ts'
import { printFigure } from './figure.ts'

/** Another number of operations, for trying things out, in DAVIT_BENCH_OPERATIONS; the aim is for ten million. */
const largeOperations = Number(process.env.DAVIT_BENCH_OPERATIONS || 10_000_000)
const smallOperations = 10_000

/** In ms, by the name of the figure. */
export type Measured = Record<string, { p50: number; p95: number }>

/** The same reads in a database of ten thousand operations, which are the baseline, and in one of ten million. */
export async function bench(folder: string): Promise<void> {
  await buildWeb()
  const small = await measure(folder, 'small', smallOperations)
  const large = await measure(folder, 'large', largeOperations)
  for (const [figure, { p50, p95 }] of Object.entries(large)) {
    printFigure('activity', `${figure}_p50_ms`, p50, 'ms', small[figure]?.p50 ?? null)
    printFigure('activity', `${figure}_p95_ms`, p95, 'ms', small[figure]?.p95 ?? null)
  }
}

/** In a process of its own, because Davit's pool is one per process; its database goes again once it is measured. */
async function measure(folder: string, name: string, operations: number): Promise<Measured> {
  const home = homeOf(join(folder, name))
  await mkdir(home, { recursive: true })
  await sql`create database ${sql(name)}`
  await writeFile(connectionFile(home), JSON.stringify({ ...readConnection(homeOf(config.dataPath)), database: name }), { mode: 0o600 })
  const child = fork(join(import.meta.dirname, 'activity-process.ts'), [String(operations)], { env: { ...inherited, DATABASE_URL: '', DAVIT_DATA: join(folder, name) } })
  const [measured] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Measured | number | null]
  if (measured === null || typeof measured !== 'object') throw new Error(`the measurement of ${operations} operations ended before it was done`)
  if (child.exitCode === null) await once(child, 'exit')
  await sql`drop database ${sql(name)} with (force)`
  return measured
}
