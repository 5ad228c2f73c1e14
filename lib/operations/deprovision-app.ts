import { and, eq, inArray, isNull, ne } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { DeprovisionApp } from '../app/schema.ts'
import { addressName, giveUp } from '../handle/given-up.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { each } from './each.ts'
import { refuseUnconfirmed } from './handle.ts'
import { liftBlocks } from './lift-blocks.ts'
import { switchRouter } from './switch-router.ts'

export const deprovisionApp = operation({
  kind: 'app',
  type: 'deprovision',
  schema: DeprovisionApp,
  scope: 'destroy',
  passesBlocks: true,
  target: async ({ app, confirm }, tx) => {
    const { handle } = await findLiveApp(tx, app)
    refuseUnconfirmed(confirm, handle)
    return { resource: { id: app }, title: `Deprovision ${handle}` }
  },
})
  .step('list what it has', {
    undoes: null,
    run: ({ app }, hands) =>
      hands.transaction(async (tx) => {
        const routed = await tx.select({ id: endpoints.id }).from(endpoints).where(and(eq(endpoints.appId, app), isNull(endpoints.deprovisionedAt)))
        const running = await tx.select({ name: containers.name }).from(containers).where(and(eq(containers.ownerId, app), ne(containers.phase, 'unwanted')))
        return { endpointIds: routed.map(({ id }) => id), names: running.map(({ name }) => name) }
      }),
  })
  .step('take its endpoints off the router', {
    undoes: 'put its endpoints back',
    run: ({ app }, hands) =>
      switchRouter(hands, async (tx) => {
        const gone = await tx.update(endpoints).set({ deprovisionedAt: new Date() }).where(and(eq(endpoints.appId, app), isNull(endpoints.deprovisionedAt))).returning()
        await giveUp(tx, hands.operation, gone.map(addressName))
      }),
    compensate: ({ endpointIds }, hands) =>
      switchRouter(hands, async (tx) => {
        if (endpointIds.length > 0) await tx.update(endpoints).set({ deprovisionedAt: null }).where(inArray(endpoints.id, endpointIds))
      }),
  })
  .step('stop its containers', {
    undoes: null,
    usuallyNoReturn: true,
    pointOfNoReturn: () => true,
    run: async ({ app, names }, hands) => {
      await hands.transaction(async (tx) => {
        await tx.update(containers).set({ phase: 'unwanted', stoppedAt: new Date() }).where(and(eq(containers.ownerId, app), ne(containers.phase, 'unwanted')))
      })
      const driver = await hands.driver()
      const owned = (await driver.list()).filter(({ owner }) => owner === app).map(({ name }) => name)
      await each([...new Set([...names, ...owned])], { atOnce: 10, goOn: true, signal: hands.signal }, async (name) => {
        await driver.stop({ name }, 10, hands.io)
        await driver.remove({ name })
      })
    },
  })
  .step('remove its images and caches', {
    undoes: null,
    run: async ({ app }, hands) => {
      const driver = await hands.driver()
      await driver.forget(app)
    },
  })
  .step('mark it deprovisioned', {
    undoes: null,
    run: ({ app }, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(apps).set({ deprovisionedAt: new Date() }).where(eq(apps.id, app))
        const routed = await tx.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.appId, app))
        await liftBlocks(tx, hands, [app, ...routed.map(({ id }) => id)])
      }),
  })
