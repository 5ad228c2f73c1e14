import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import postgres from 'postgres'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { inherited } from '#lib/config.ts'
import { containerOf, credentialsOf } from '#lib/database/container.ts'
import { findServing } from '#lib/database/find-live.ts'
import { findType } from '#lib/database/types/index.ts'
import type { Address } from '#lib/database/types/type.ts'
import { db } from '#lib/db/client.ts'
import { findBinaries } from '#lib/db/embedded-binaries.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { Probe } from '#lib/operations/probe.ts'
import { bareIo as io, clearVolumes } from '../support/clear-volumes.ts'
import { median, printFigure } from './figure.ts'
import { perform } from './rollout.ts'

const runs = Number(inherited.BENCH_RUNS ?? 20)
const dataMb = Number(inherited.BENCH_MB ?? 1024)
const memoryMb = 1024
const rowBytes = 1000
/** So many are changed before each run, all over the data. */
const dirtyRows = 20_000
const LIMIT_SECONDS = 1800
const ANSWER_SECONDS = 60

/**
 * What a client feels of a restart in place, beside the best that a bare stop and start of the same data directory
 * can do, by turns under the same probe; and of a move between two places.
 */
export async function bench(folder: string): Promise<void> {
  const runner = spawn(process.execPath, [join(import.meta.dirname, '../../lib/runner/main.ts')], { env: inherited, stdio: ['ignore', 'ignore', 'inherit'] })
  const place = (name: string) => join(folder, `place-${name}`)
  const driver = await openStack(['one', 'other'].map((name) => ({ name, folder: place(name) })))
  try {
    await measure(driver.opened, await prepare(driver.stack), folder)
  } finally {
    runner.kill('SIGKILL')
    await once(runner, 'exit')
    await clearVolumes(driver.opened)
  }
}

async function measure(driver: Driver, database: number, folder: string): Promise<void> {
  const found: { restart: number; bare: number; move: number }[] = []
  for (let run = 0; run < runs; run++) {
    await soil(database)
    const restart = await perform('database', 'restart', { database }, LIMIT_SECONDS)
    const bare = await bareRestart(database, driver, folder)
    await soil(database)
    const move = await perform('database', 'restart', { database, place: run % 2 === 0 ? 'other' : 'one' }, LIMIT_SECONDS)
    found.push({ restart: restart.downtimeMs!, bare, move: move.downtimeMs! })
    console.log(JSON.stringify({ bench: 'downtime', run: run + 1, of: runs, ...found.at(-1) }))
  }
  printFigure('downtime', 'downtime.ms', median(found.map((one) => one.restart)), 'ms', median(found.map((one) => one.bare)))
  printFigure('downtime', 'downtime.move_ms', median(found.map((one) => one.move)), 'ms', null)
}

async function openStack(places: { name: string; folder: string }[]) {
  const stack = (await perform('stack', 'provision', { handle: 'databases' })).resourceId
  for (const { folder } of places) mkdirSync(folder)
  await db.update(stacks).set({ settings: { places } }).where(eq(stacks.id, stack))
  const [row] = await db.select().from(stacks).where(eq(stacks.id, stack))
  return { stack, opened: await openDriver(row!) }
}

async function prepare(stack: number): Promise<number> {
  const environment = (await perform('environment', 'provision', { stack, handle: 'databases' })).resourceId
  const wanted = { environment, handle: 'big', type: 'postgresql', version: '18', memoryMb, volumeMb: dataMb * 3 + 1024, place: 'one' }
  const database = (await perform('database', 'provision', wanted, LIMIT_SECONDS)).resourceId
  const sql = await ownOf(database)
  await sql.unsafe(`create table filling (id int primary key, text text not null);
    insert into filling select n, repeat(md5(n::text), ${Math.ceil(rowBytes / 32)}) from generate_series(1, ${Math.ceil((dataMb * 1024 * 1024) / rowBytes)}) n; checkpoint`)
  const [size] = await sql<{ mb: number }[]>`select (pg_database_size(current_database()) / 1024 / 1024)::int as mb`
  console.log(JSON.stringify({ bench: 'downtime', holdsMb: size!.mb, memoryMb, dirtyRows }))
  await sql.end()
  return database
}

const rowOf = async (id: number) => (await db.select().from(databases).where(eq(databases.id, id)))[0]!

async function addressOf(id: number): Promise<Address> {
  const { host, port } = await findServing(db, id)
  return { host: host!, port: port! }
}

async function ownOf(id: number, at?: Address): Promise<postgres.Sql> {
  return postgres({ ...(at ?? (await addressOf(id))), user: 'davit', password: credentialsOf(await rowOf(id)).own, database: 'app', max: 1, onnotice: () => {} })
}

/** Buffers all over the data are dirty when it is told to stop. */
async function soil(id: number, at?: Address): Promise<void> {
  const sql = await ownOf(id, at)
  await sql`update filling set text = reverse(text) where id in (select 1 + floor(random() * (select max(id) from filling))::int from generate_series(1, ${dirtyRows}))`
  await sql.end()
}

/** The container makes room for a server of nobody's, on its volume and at its address; what counts is how that one stops and starts. */
async function bareRestart(id: number, driver: Driver, folder: string): Promise<number> {
  const database = await rowOf(id)
  const type = findType(database.type)
  const { name } = await findServing(db, id)
  const at = await addressOf(id)
  // Neither started again by the sweep, nor removed as what nobody wants.
  await db.update(containers).set({ phase: 'new' }).where(eq(containers.name, name))
  await driver.stop({ name }, type.stop.graceSeconds, io)
  const volume = layOut(findVolume(join(folder, `place-${database.place}`), database.volume), join(folder, 'bare'))
  const launch = await launcherOf(volume, folder, type.serve(memoryMb).command, at)
  const ask = (signal: AbortSignal) => type.connect(at, credentialsOf(database), signal).then((connection) => connection.probe().finally(() => connection.close()))
  let server = launch()
  await untilAnswers(ask)
  await soil(id, at)
  const probe = new Probe({ longestMs: 0, atMost: false, answeredAt: new Date() }, ask)
  const connection = await type.connect(at, credentialsOf(database), io.signal)
  await connection.settle()
  await connection.close()
  await stop(server, type.stop.signal)
  server = launch()
  await untilAnswers(ask)
  const { longestMs } = await probe.end()
  await stop(server, type.stop.signal)
  takeAway(join(folder, 'bare'))
  await driver.start(containerOf(database, name, 0), io)
  await untilAnswers(ask)
  await db.update(containers).set({ phase: 'wanted' }).where(eq(containers.name, name))
  return longestMs
}

async function launcherOf(volume: string, folder: string, command: string, { host, port }: Address): Promise<() => ChildProcess> {
  const { uid, gid } = lstatSync(join(volume, 'data'))
  const user = process.getuid?.() === 0 ? { uid, gid } : {}
  const cwd = await findBinaries(folder, 'uid' in user ? { uid, gid } : null)
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', VOLUME: volume, HOST: host, PORT: String(port), NODE_ENV: 'test' } as NodeJS.ProcessEnv
  return () => spawn('/bin/sh', ['-c', command], { ...user, cwd, env, stdio: 'ignore' })
}

async function stop(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(server, 'exit')
  server.kill(signal)
  await ended
}

async function untilAnswers(ask: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_SECONDS * 1000)
  while (!(await ask(AbortSignal.timeout(1000)).then(() => true, () => false))) {
    limit.throwIfAborted()
    await pause(5)
  }
}

/** Only root gets to where the volume lies: the server, which is not root, finds it elsewhere. */
function layOut(volume: string, at: string): string {
  if (process.getuid?.() !== 0) return volume
  mkdirSync(at, { recursive: true, mode: 0o711 })
  execFileSync('mount', ['--bind', volume, at])
  return at
}

function takeAway(at: string): void {
  if (process.getuid?.() === 0) execFileSync('umount', [at])
}

/** Where the local driver lays it out. */
function findVolume(place: string, name: string): string {
  const found = readdirSync(place, { recursive: true, encoding: 'utf8' }).find((path) => path.includes(name) && path.endsWith('data/PG_VERSION'))
  if (found === undefined) throw new Error(`${name} is not laid out below ${place}`)
  return join(place, found, '../..')
}
