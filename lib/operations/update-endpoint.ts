import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { holdAddresses, refuseUnlessRoutable } from '../endpoint/address.ts'
import { findLiveEndpoint } from '../endpoint/find-live.ts'
import { UpdateEndpoint } from '../endpoint/schema.ts'
import { addressName, giveUp } from '../handle/given-up.ts'
import { Refusal } from '../refusal.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { renameResource } from './handle.ts'
import { switchRouter } from './switch-router.ts'

export const updateEndpoint = operation({
  kind: 'endpoint',
  type: 'update',
  schema: UpdateEndpoint,
  scope: 'deploy',
  target: async ({ endpoint, host, port }, tx) => {
    const row = await findLiveEndpoint(tx, endpoint)
    if (port === 0) throw new Refusal('invalid', 'Give the port a number.', { port: 'give it a number' })
    const { currentReleaseId, handle } = await findLiveApp(tx, row.appId)
    await refuseUnlessRoutable(tx, { service: row.service, host, port, currentReleaseId }, endpoint)
    return { resource: { id: endpoint }, also: [{ id: row.appId, mode: 'exclusive' }], title: `Change the endpoint ${row.host ?? `port ${row.port}`} of ${handle}` }
  },
})
  .step('read the settings', {
    undoes: null,
    run: ({ endpoint }, hands) =>
      hands.transaction(async (tx) => {
        const { appId, service, host, port, health, maintenancePage } = await findLiveEndpoint(tx, endpoint)
        const { currentReleaseId, handle } = await findLiveApp(tx, appId)
        return { former: { host, port, health, maintenancePage }, service, currentReleaseId, handle }
      }),
  })
  .step('change the endpoint', {
    undoes: 'put the former settings back',
    run: ({ endpoint, host, port, path, strict, limitSeconds, maintenancePage, service, currentReleaseId, handle, former }, hands) =>
      switchRouter(
        hands,
        async (tx) => {
          await holdAddresses(tx)
          // Again, now that nobody else can take it.
          await refuseUnlessRoutable(tx, { service, host, port, currentReleaseId }, endpoint)
          await tx.update(endpoints).set({ host, port, health: { path, strict, limitSeconds }, maintenancePage }).where(eq(endpoints.id, endpoint))
          await giveUp(tx, hands.operation, [addressName(former)])
          await renameResource(tx, endpoint, host ?? `${handle}-${service}`)
        },
        { ownPort: true },
      ),
    compensate: ({ endpoint, former, service, handle }, hands) =>
      switchRouter(hands, async (tx) => {
        await tx.update(endpoints).set(former).where(eq(endpoints.id, endpoint))
        await renameResource(tx, endpoint, former.host ?? `${handle}-${service}`)
      }),
  })
