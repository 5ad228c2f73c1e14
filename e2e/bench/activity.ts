import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { config, inherited } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { connectionFile, homeOf, readConnection } from '#lib/db/embedded.ts'
import { buildWeb } from '#lib/start/build.ts'
import type { Read } from './activity-read.ts'
import { printFigure } from './figure.ts'

/** Another number of operations, for trying things out, in DAVIT_BENCH_OPERATIONS; the aim is for ten million. */
const largeOperations = Number(process.env.DAVIT_BENCH_OPERATIONS || 10_000_000)
const smallOperations = 10_000
/** Of one database, filling it included: what takes longer is told as an error, and all that was known by then is printed. */
const minutesMax = 15

/** The same reads in a database of ten thousand operations, which are the baseline, and in one of ten million. */
export async function bench(folder: string): Promise<void> {
  await buildWeb()
  const small = new Map<string, Read>()
  await measure(folder, 'small', smallOperations, (read) => small.set(read.figure, read))
  let givenUp = 0
  await measure(folder, 'large', largeOperations, ({ figure, p50, p95, gaveUp }) => {
    if (gaveUp !== null) givenUp++
    if (gaveUp !== null) console.error(`activity.${figure} was given up: ${gaveUp}`)
    if (p50 !== null) printFigure('activity', `${figure}_p50_ms`, p50, 'ms', small.get(figure)?.p50 ?? null)
    if (p95 !== null) printFigure('activity', `${figure}_p95_ms`, p95, 'ms', small.get(figure)?.p95 ?? null)
  })
  if (givenUp > 0) throw new Error(`${givenUp} reads of activity were given up`)
}

/** In a process of its own, because Davit's pool is one per process; its database goes again once it is measured. */
async function measure(folder: string, name: string, operations: number, tell: (read: Read) => void): Promise<void> {
  const home = homeOf(join(folder, name))
  await mkdir(home, { recursive: true })
  await sql`create database ${sql(name)}`
  await writeFile(connectionFile(home), JSON.stringify({ ...readConnection(homeOf(config.dataPath)), database: name }), { mode: 0o600 })
  const child = fork(join(import.meta.dirname, 'activity-process.ts'), [String(operations)], {
    env: { ...inherited, DATABASE_URL: '', DAVIT_DATA: join(folder, name) },
    signal: AbortSignal.timeout(minutesMax * 60_000),
    killSignal: 'SIGKILL',
  })
  child.on('message', (read) => tell(read as Read))
  const [code] = (await once(child, 'exit').catch((error: Error) => {
    throw new Error(`the measurement of ${operations} operations took more than ${minutesMax} minutes`, { cause: error })
  })) as [number | null]
  await sql`drop database ${sql(name)} with (force)`
  if (code !== 0) throw new Error(`the measurement of ${operations} operations ended before it was done`)
}
