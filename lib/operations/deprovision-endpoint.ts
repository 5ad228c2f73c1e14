import { eq } from 'drizzle-orm'
import { endpoints, resources } from '#drizzle/schema.ts'
import { findLiveEndpoint } from '../endpoint/find-live.ts'
import { DeprovisionEndpoint } from '../endpoint/schema.ts'
import { buildTable, switchTo } from '../endpoint/switch.ts'
import { type Hands, operation } from '../runner/define.ts'
import { refuseUnconfirmed } from './handle.ts'

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
}).step('take it off the router', {
  undoes: 'put it back on the router',
  run: async ({ endpoint }, hands) => switchTo(await setDeprovisioned(hands, endpoint, new Date())),
  compensate: async ({ endpoint }, hands) => switchTo(await setDeprovisioned(hands, endpoint, null)),
})

function setDeprovisioned(hands: Hands, endpoint: number, at: Date | null) {
  return hands.transaction(async (tx) => {
    await tx.update(endpoints).set({ deprovisionedAt: at }).where(eq(endpoints.id, endpoint))
    return buildTable(tx)
  })
}
