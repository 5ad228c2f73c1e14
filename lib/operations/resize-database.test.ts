import { desc, eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '../db/client.ts'
import { testOperation } from '../runner/contract.ts'
import { resizeDatabase } from './resize-database.ts'
import { openStage } from './world.ts'

/** Larger while it serves, larger while it is stopped where an engine cannot do that, and smaller while it is stopped. */
for (const { grows, serving } of [{ grows: true, serving: true }, { grows: true, serving: false }, { grows: false, serving: true }]) {
  testOperation(
    resizeDatabase,
    () =>
      openStage(async (world) => {
        world.engine.growsWhileUsed = serving
        const database = await world.makeDatabase()
        await world.write(database, 'kept')
        let size = 100_000
        return async () => {
          const before = await world.database(database)
          if (!grows && before.volumeMb < 1000) await world.crew.carryOut(resizeDatabase, { database, volumeMb: 100_000 })
          if (!grows) size = (await world.database(database)).volumeMb
          const volumeMb = grows ? before.volumeMb + 10 : size - 10
          return {
            input: { database, volumeMb },
            bePromised: async () => {
              const after = await world.database(database)
              // What could not be made larger is listed, and recorded as it is.
              const [{ leftovers } = { leftovers: [] }] = await db.select().from(operations).where(eq(operations.resourceId, database)).orderBy(desc(operations.id)).limit(1)
              expect(leftovers.length > 0 ? [volumeMb, before.volumeMb] : [volumeMb]).toContain(after.volumeMb)
              expect(world.engine.volumes.get(after.volume)).toMatchObject({ sizeMb: after.volumeMb })
              expect(await world.rows(database)).toEqual(['kept'])
            },
          }
        }
      }),
    { twice: !grows },
  )
}
