import { expect } from 'vitest'
import { configurations } from '#drizzle/schema/release.ts'
import { desc, eq } from 'drizzle-orm'
import { db } from '../db/client.ts'
import { listLinkedApps } from '../database/linked-apps.ts'
import { testOperation } from '../runner/contract.ts'
import { linkDatabase } from './link-database.ts'
import { unlinkDatabase } from './unlink-database.ts'
import { currentRelease, openStage } from './world.ts'

const linksOf = async (app: number) => {
  const [row] = await db.select().from(configurations).where(eq(configurations.appId, app)).orderBy(desc(configurations.id)).limit(1)
  return row!.links
}

testOperation(
  linkDatabase,
  () =>
    openStage(async (world) => {
      const [app, database] = [await world.makeServedApp('shop'), await world.makeDatabase()]
      return async () => {
        if ((await listLinkedApps(database)).length > 0) await world.crew.carryOut(unlinkDatabase, { app, variable: 'BOOKS' })
        return {
          input: { app, database, variable: 'BOOKS' },
          bePromised: async () => {
            const [web] = world.runningOf(app)
            expect(web!.variables.BOOKS).toMatch(/^ledger:\/\/book:.+@127\.0\.0\.1:\d+$/)
            expect(await listLinkedApps(database)).toEqual([{ id: app, handle: 'shop', variable: 'BOOKS' }])
            expect((await currentRelease(app)).configurationId).toBeGreaterThan(0)
          },
        }
      }
    }),
  { twice: false },
)

testOperation(
  unlinkDatabase,
  () =>
    openStage(async (world) => {
      const [app, database] = [await world.makeServedApp('shop'), await world.makeDatabase()]
      return async () => {
        if ((await listLinkedApps(database)).length === 0) await world.crew.carryOut(linkDatabase, { app, database, variable: 'BOOKS' })
        return {
          input: { app, variable: 'BOOKS' },
          bePromised: async () => {
            expect(await listLinkedApps(database)).toEqual([])
            expect(await linksOf(app)).toEqual({})
            for (const { variables } of world.runningOf(app)) expect(variables.BOOKS).toBeUndefined()
          },
        }
      }
    }),
  { twice: false },
)
