import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stacks } from '#drizzle/schema/stack.ts'
import { config } from '../config.ts'
import { recordIo } from '../drivers/contract/world.ts'
import { db, sql } from '../db/client.ts'
import { openDriver } from '../drivers/index.ts'
import { BankWorld } from './bank-world.ts'

afterAll(() => rm(join(config.dataPath, 'stacks'), { recursive: true, force: true }))

test('a world that fails while it is opened ends its runner, and leaves nothing on its stack', async () => {
  const opening = BankWorld.open({ handle: 'here', driver: 'local' }, {
    settled: async () => {
      const { volumes } = await stackDriver()
      await volumes!.create({ name: 'half-made', owner: { id: 1, handle: 'bank' }, place: (await volumes!.places())[0]!.place, sizeMb: 64, fence: 1 }, recordIo())
      throw new Error('the test says so')
    },
  })
  await expect(opening).rejects.toThrow('the test says so')
  expect(await sql`select state from runners`).toEqual([{ state: 'stopped' }])
  expect(await (await stackDriver()).volumes!.list()).toEqual([])
})

const stackDriver = async () => openDriver((await db.select().from(stacks))[0]!)
