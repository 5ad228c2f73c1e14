import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { containers } from '#drizzle/schema/container.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { config } from '../config.ts'
import { findServing } from '../database/find-live.ts'
import type { Bank } from '../database/test-bank.ts'
import { db } from '../db/client.ts'
import { requestCancel } from '../runner/cancel.ts'
import { ended, logOf, tester } from '../runner/rehearsal.ts'
import { start } from '../runner/start.ts'
import { BankWorld, carryOut, lastBackup, ownOf, rowOf, wrongWith } from './bank-world.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { resourceOf } from './world.ts'

/** Real servers on the local driver, under load all the while: on a slow machine each of these takes minutes. */
vi.setConfig({ testTimeout: 600_000 })
let world: BankWorld
let database: number
let bank: Bank
let atPoint: (moment: { point: string; operationId: number; step: number; direction: string }) => Promise<void> | void = () => {}

beforeAll(async () => {
  world = await BankWorld.open({ handle: 'here', driver: 'local' }, {
    at: async (point, detail) => atPoint({ point, ...detail }),
    settled: async (stack) => {
      const places = ['first', 'second'].map((name) => ({ name, folder: join(config.dataPath, `place-${name}`) }))
      for (const { folder } of places) await mkdir(folder)
      await db.update(stacks).set({ settings: { places } }).where(eq(stacks.id, stack))
    },
  })
  ;({ database, bank } = world)
})

afterAll(async () => {
  await world?.close()
  for (const name of ['first', 'second', 'stacks']) await rm(join(config.dataPath, name === 'stacks' ? name : `place-${name}`), { recursive: true, force: true })
})

test('a restart to a larger memory size loses nothing that was acknowledged, and says how long it took', async () => {
  await bank.more(200)
  const before = await findServing(db, database)
  const { downtimeMs, id } = await carryOut(restartDatabase, { database, memoryMb: 128 })
  await bank.more(200)
  expect(downtimeMs).toBeGreaterThan(0)
  expect((await logOf(id)).join('\n')).toContain(`The longest time between two answers was ${downtimeMs} ms; planned were 3000 ms.`)
  const after = await findServing(db, database)
  expect({ host: after.host, port: after.port }).toEqual({ host: before.host, port: before.port })
  expect(after.name).not.toBe(before.name)
  const own = await ownOf(database)
  expect(await own`show shared_buffers`).toEqual([{ shared_buffers: '32MB' }])
  await own.end()
  expect(await wrongWith(database, bank.acknowledged)).toEqual([])
})

test('a move that is cancelled between detach and attach ends with the old container serving the same data', async () => {
  const before = await findServing(db, database)
  atPoint = async ({ point, operationId, step, direction }) => {
    if (point === 'opened' && direction === 'run' && restartDatabase.steps[step]?.name === 'attach the new volume') await requestCancel(tester, operationId, () => 'operate')
  }
  const { id } = await start(restartDatabase, { database, place: 'second' }, tester)
  const row = await ended(id)
  atPoint = () => {}
  expect(row, (await logOf(id)).join('\n')).toMatchObject({ status: 'cancelled', rollback: 'complete' })
  expect(await findServing(db, database)).toEqual(before)
  await bank.more(50)
  expect(await wrongWith(database, bank.acknowledged)).toEqual([])
  const driver = await world.driver()
  expect((await driver.volumes!.list()).map(({ place, attached }) => ({ place, attached }))).toEqual([{ place: 'first', attached: true }])
})

test('a move takes along all that was acknowledged, and leaves nothing behind', async () => {
  await bank.more(200)
  const { downtimeMs } = await carryOut(restartDatabase, { database, place: 'second' })
  await bank.more(50)
  expect(downtimeMs).toBeGreaterThan(0)
  expect(await wrongWith(database, bank.acknowledged)).toEqual([])
  const driver = await world.driver()
  expect((await driver.volumes!.list()).map(({ name, place, attached }) => ({ name, place, attached }))).toEqual([{ name: (await rowOf(database)).volume, place: 'second', attached: true }])
  expect(await db.select({ name: containers.name }).from(containers).where(eq(containers.phase, 'wanted'))).toHaveLength(1)
})

test('its volume grows, and it goes on serving', async () => {
  const { name } = await findServing(db, database)
  await carryOut(resizeDatabase, { database, volumeMb: 640 })
  expect(await rowOf(database)).toMatchObject({ volumeMb: 640 })
  expect((await findServing(db, database)).name).toBe(name)
})

test('a backup under load, with checkpoints forced, is restored with sums, sequences and indexes that agree', async () => {
  const before = await world.backUp({ place: 'first' })
  const { id: backup, bytes } = await lastBackup()
  expect(bytes).toBeGreaterThan(1024 ** 2)
  const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'restored', memoryMb: 64 })).id)
  expect(await wrongWith(restored, before)).toEqual([])
  await carryOut(purgeBackup, { backup, confirm: 'bank' })
  await carryOut(deprovisionDatabase, { database: restored, confirm: 'restored', finalBackup: false })
})

test('the final backup of a deprovision holds all that was ever acknowledged', async () => {
  await bank.more(100)
  await carryOut(deprovisionDatabase, { database, confirm: 'bank' })
  await bank.end()
  const { id: backup, final } = await lastBackup()
  expect(final).toBe(true)
  const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'bank' })).id)
  expect(await wrongWith(restored, bank.acknowledged)).toEqual([])
})
