import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { findLiveEndpoint } from '../endpoint/find-live.ts'
import { DeprovisionEndpoint } from '../endpoint/schema.ts'
import { addressName, giveUp } from '../handle/given-up.ts'
import { operation } from '../runner/define.ts'
import { refuseUnconfirmed } from './handle.ts'
import { liftBlocks } from './lift-blocks.ts'
import { switchRouter } from './switch-router.ts'

export const deprovisionEndpoint = operation({
  kind: 'endpoint',
  type: 'deprovision',
  schema: DeprovisionEndpoint,
  scope: 'destroy',
  passesBlocks: true,
  target: async ({ endpoint, confirm }, tx) => {
    const { appId } = await findLiveEndpoint(tx, endpoint)
    const [resource] = await tx.select({ handle: resources.handle }).from(resources).where(eq(resources.id, endpoint))
    refuseUnconfirmed(confirm, resource!.handle)
    return { resource: { id: endpoint }, also: [{ id: appId, mode: 'exclusive' }], title: `Deprovision the endpoint ${resource!.handle}` }
  },
})
  .step('take it off the router', {
    undoes: 'put it back on the router',
    run: ({ endpoint }, hands) =>
      switchRouter(hands, async (tx) => {
        const gone = await tx.update(endpoints).set({ deprovisionedAt: new Date() }).where(eq(endpoints.id, endpoint)).returning()
        await giveUp(tx, hands.operation, gone.map(addressName))
      }),
    compensate: ({ endpoint }, hands) =>
      switchRouter(hands, (tx) => tx.update(endpoints).set({ deprovisionedAt: null }).where(eq(endpoints.id, endpoint))),
  })
  .step('lift what blocked it', {
    undoes: null,
    run: ({ endpoint }, hands) => hands.transaction((tx) => liftBlocks(tx, hands, [endpoint])),
  })
