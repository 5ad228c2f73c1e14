import { eq } from 'drizzle-orm'
import { expect } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { db } from '../db/client.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { testOperation } from '../runner/contract.ts'
import { deprovisionApp } from './deprovision-app.ts'
import { provisionApp } from './provision-app.ts'
import { updateApp } from './update-app.ts'
import { openStage, repository } from './world.ts'

testOperation(provisionApp, () =>
  openStage(async (world) => {
    let made = 0
    return async () => {
      const handle = `shop-${++made}`
      return {
        input: { environment: world.environment, handle, sources: [{ url: repository }] },
        bePromised: async () => expect(await db.select().from(apps).where(eq(apps.handle, handle))).toMatchObject([{ deprovisionedAt: null, ref: 'HEAD' }]),
      }
    }
  }),
)

testOperation(updateApp, () =>
  openStage(async (world) => {
    const app = await world.makeApp()
    let made = 0
    return async () => {
      const handle = `renamed-${++made}`
      return {
        input: { app, handle, sources: [{ url: repository, credential: `token ${made}` }], ref: 'main', buildCommand: 'make' },
        bePromised: async () => expect(await db.select().from(apps).where(eq(apps.id, app))).toMatchObject([{ handle, buildCommand: 'make' }]),
      }
    }
  }),
)

testOperation(deprovisionApp, () =>
  openStage(async (world) => {
    let made = 0
    return async () => {
      const handle = `going-${++made}`
      const app = await world.makeServedApp(handle)
      return {
        input: { app, confirm: handle },
        bePromised: async () => {
          const [row] = await db.select().from(apps).where(eq(apps.id, app))
          expect(row!.deprovisionedAt).not.toBeNull()
          expect(world.runningOf(app)).toEqual([])
          // What its driver could not be brought to forget is left to the sweep.
          await world.sweep()
          expect((await createMemoryDriver(world.engine).kept()).filter(({ owner }) => owner === app)).toEqual([])
          expect(await db.select().from(endpoints).where(eq(endpoints.appId, app))).toMatchObject([{ deprovisionedAt: expect.any(Date) }])
        },
      }
    }
  }),
)
