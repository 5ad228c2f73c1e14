import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { desc, eq, isNull } from 'drizzle-orm'
import postgres from 'postgres'
import { backups, databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { credentialsOf } from '#lib/database/container.ts'
import { findServing } from '#lib/database/find-live.ts'
import { revealUrl } from '#lib/database/reveal-url.ts'
import { audit, Bank } from '#lib/database/test-bank.ts'
import { db } from '#lib/db/client.ts'
import type { Driver } from '#lib/drivers/driver.ts'
import { openDriver } from '#lib/drivers/index.ts'
import { findDefinition } from '#lib/operations/index.ts'
import { requestCancel } from '#lib/runner/cancel.ts'
import { start } from '#lib/runner/start.ts'
import { prepareDatabase } from '#lib/start/database.ts'
import { clearVolumes } from '../support/clear-volumes.ts'
import { type Fleet, startFleet, untilLive } from './fleet.ts'
import { type Chance, chanceFrom } from './random.ts'
import { actor, closeHouse } from './world.ts'

interface Options {
  seconds: number
  seed: number
  folder: string
  keep: boolean
}

const runnersCount = 2
/** What was begun has to end within this, on a slow machine too. */
const settleSeconds = 600

/** Whatever is done to a database, its runners killed at random moments: every acknowledged write is found afterwards. */
export async function runDatabases({ seconds, seed, folder, keep }: Options): Promise<number> {
  const say = (text: string) => console.log(text)
  const chance = chanceFrom(seed, 'databases')
  await prepareDatabase()
  const fleet = startFleet(runnersCount, say, () => chance.happens(0.5))
  let bank: Bank | undefined
  let engine: Driver | undefined
  let wrong: string[]
  const kills = { runners: 0, containers: 0, cancels: 0 }
  try {
    await untilLive(fleet, runnersCount)
    const { database, driver } = await build(folder)
    engine = driver
    bank = await new Bank(await revealUrl(actor, database)).found()
    bank.open()
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) await disturbed(database, driver, fleet, chance, kills)
    await bank.close()
    wrong = [...(await wrongWith(database, bank.acknowledged)), ...(await restoredWrong(database, bank)), ...fleet.brokeDown]
  } catch (error) {
    wrong = [String(error)]
  }
  const outcomes = await db.select({ type: operations.type, status: operations.status, rollback: operations.rollback }).from(operations)
  const counted = Object.fromEntries([...Map.groupBy(outcomes, ({ type, status, rollback }) => [type, status, rollback].filter(Boolean).join(' '))].map(([key, rows]) => [key, rows.length]))
  console.log(JSON.stringify({ chaos: 'databases', seed, seconds, ...kills, acknowledged: bank?.acknowledged.size ?? 0, operations: counted, wrong }))
  await bank?.end()
  await fleet.end()
  if (engine) await clearVolumes(engine)
  await closeHouse(folder, keep)
  return wrong.length === 0 ? 0 : 1
}

async function build(folder: string): Promise<{ database: number; driver: Driver }> {
  const stack = await succeed('stack', 'provision', { handle: 'databases' })
  const places = ['one', 'other'].map((name) => ({ name, folder: join(folder, `place-${name}`) }))
  for (const place of places) mkdirSync(place.folder)
  await db.update(stacks).set({ settings: { places } }).where(eq(stacks.id, stack))
  const environment = await succeed('environment', 'provision', { stack, handle: 'chaos' })
  const database = await succeed('database', 'provision', { environment, handle: 'bank', type: 'postgresql', version: '18', memoryMb: 64, volumeMb: 512, place: 'one' })
  const [row] = await db.select().from(stacks).where(eq(stacks.id, stack))
  return { database, driver: await openDriver(row!) }
}

/** One operation, with one accident at a random moment. */
async function disturbed(database: number, driver: Driver, fleet: Fleet, chance: Chance, kills: { runners: number; containers: number; cancels: number }): Promise<void> {
  const { place, volumeMb } = await rowOf(database)
  const [type, change] = chance.oneOf([
    ['restart', { memoryMb: chance.oneOf([64, 96, 128]) }],
    ['restart', { place: place === 'one' ? 'other' : 'one' }],
    ['resize', { volumeMb: volumeMb + 16 }],
    ['backup', {}],
  ] as const)
  const { id } = await start(findDefinition('database', type), { database, ...change } as never, actor)
  await pause(chance.between(100, 6000))
  const accident = chance.weighted({ runner: 6, container: 2, cancel: 2, nothing: 1 })
  console.log(`${type} ${JSON.stringify(change)}: ${accident}`)
  if (accident === 'runner') kills.runners += killRunner(fleet, chance)
  if (accident === 'container') kills.containers += await killContainer(database, driver)
  if (accident === 'cancel') kills.cancels += await requestCancel(actor, id, () => 'operate').then(() => 1, () => 0)
  await ended(id)
}

function killRunner(fleet: Fleet, chance: Chance): number {
  const live = fleet.live()
  if (live.length === 0) return 0
  const victim = chance.oneOf(live)
  victim.doneToIt = 'kill -9'
  victim.child.kill('SIGKILL')
  return 1
}

/** The server, with all its processes, as a machine that loses power would. */
async function killContainer(database: number, driver: Driver): Promise<number> {
  const serving = await findServing(db, database).catch(() => null)
  if (serving) await driver.remove({ name: serving.name })
  return serving ? 1 : 0
}

async function ended(id: number) {
  const limit = performance.now() + settleSeconds * 1000
  for (;;) {
    const [row] = await db.select().from(operations).where(eq(operations.id, id))
    if (row?.finishedAt) return row
    if (performance.now() > limit) throw new Error(`${row?.title} has not ended after ${settleSeconds} s`)
    await pause(50)
  }
}

async function succeed(kind: string, type: string, input: object): Promise<number> {
  const { id } = await start(findDefinition(kind, type), input as never, actor)
  const row = await ended(id)
  if (row.status !== 'succeeded') throw new Error(`${row.title} ended ${row.status}: ${row.error}`)
  return row.resourceId
}

const rowOf = async (id: number) => (await db.select().from(databases).where(eq(databases.id, id)))[0]!

/** The sweep starts again what was killed last. */
async function wrongWith(id: number, acknowledged: Iterable<number>): Promise<string[]> {
  const { host, port } = await findServing(db, id)
  const own = postgres({ host: host!, port: port!, user: 'davit', password: credentialsOf(await rowOf(id)).own, database: 'app', max: 1, onnotice: () => {} })
  const limit = performance.now() + settleSeconds * 1000
  while (performance.now() < limit && !(await own`select 1`.then(() => true, () => false))) await pause(100)
  return audit(own, acknowledged).finally(() => own.end({ timeout: 1 }))
}

/** The last backup is brought back, and agrees with itself. */
async function restoredWrong(database: number, bank: Bank): Promise<string[]> {
  const before = [...bank.acknowledged]
  await succeed('database', 'backup', { database })
  const [backup] = await db.select().from(backups).where(isNull(backups.purgedAt)).orderBy(desc(backups.id)).limit(1)
  const restored = await succeed('database', 'restore', { backup: backup!.id, handle: 'restored' })
  return (await wrongWith(restored, before)).map((problem) => `restored: ${problem}`)
}
