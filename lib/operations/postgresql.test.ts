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
import { recordIo } from '../drivers/contract/world.ts'
import { requestCancel } from '../runner/cancel.ts'
import { ended, logOf, tester } from '../runner/rehearsal.ts'
import { start } from '../runner/start.ts'
import { BankWorld, carryOut, rowOf, wrongWith } from './bank-world.ts'
import { restartDatabase } from './restart-database.ts'
import { testBank, testInterruptedBackup, testLastOfBank } from './bank-contract.ts'

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

testBank(() => world, { backupPlace: 'second' })

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

testInterruptedBackup(() => world, async () => {
  const driver = await world.driver()
  await driver.stop(await findServing(db, database), 0, recordIo())
})

testLastOfBank(() => world)
