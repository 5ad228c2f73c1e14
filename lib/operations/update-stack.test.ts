import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { databases } from '#drizzle/schema/database.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { ended } from '../runner/rehearsal.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { updateStack } from './update-stack.ts'
import { inWorld, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

test('a place is neither taken away nor renamed while a database or a backup is there', async () => {
  const database = await world.makeDatabase('ledger')
  const { place } = await world.database(database)
  const settings = { places: [{ name: 'local' }, { name: place, folder: '/mnt/fast' }] }
  await db.update(stacks).set({ settings }).where(eq(stacks.id, world.stack))
  const lead = async (places: { name: string; folder: string }[]) =>
    ended((await world.crew.start(updateStack, { stack: world.stack, handle: 'here', strategy: 'bluegreen', driver: 'memory', settings: { places } })).id)
  const kept = async () => (await db.select().from(stacks).where(eq(stacks.id, world.stack)))[0]!.settings

  for (const places of [[], [{ name: 'quick', folder: '/mnt/fast' }]]) {
    expect(await lead(places)).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringMatching(/^The place \S+ can be neither taken away nor renamed while ledger of staging-\S+ is there\.$/) })
    expect(await kept()).toEqual(settings)
  }
  expect(await lead([{ name: place, folder: '/mnt/faster' }])).toMatchObject({ status: 'succeeded' })

  await world.crew.carryOut(deprovisionDatabase, { database, confirm: 'ledger' })
  expect(await lead([])).toMatchObject({ status: 'failed', error: expect.stringMatching(/ while a backup of ledger of staging-\S+ is there\.$/) })
  for (const { id } of (await world.look()).backups) await world.crew.carryOut(purgeBackup, { backup: id, confirm: 'ledger' })
  expect(await lead([])).toMatchObject({ status: 'succeeded' })
  expect(await kept()).toEqual({ places: [{ name: 'local' }] })
  expect(await db.select().from(databases).where(eq(databases.id, database))).toMatchObject([{ place }])
})
