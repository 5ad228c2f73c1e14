import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { CreateEndpoint } from '../endpoint/schema.ts'
import { chooseAddress, holdAddresses, refuseUnlessRoutable } from '../endpoint/address.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { switchRouter } from './switch-router.ts'

export const provisionEndpoint = operation({
  kind: 'endpoint',
  type: 'provision',
  schema: CreateEndpoint,
  scope: 'deploy',
  target: async ({ app, service, host, port }, tx) => {
    const { handle, environmentId, currentReleaseId } = await findLiveApp(tx, app)
    const { stackId } = await findLiveEnvironment(tx, environmentId)
    await refuseUnlessRoutable(tx, { service, host, port, currentReleaseId })
    const name = host ?? `${handle}-${service}`
    return {
      resource: { create: { kind: 'endpoint', handle: name, stackId, environmentId, appId: app } },
      also: [{ id: app, mode: 'exclusive' }],
      title: `Give ${handle} ${service} ${host ? `the address ${host}` : port ? `the port ${port}` : 'a port of its own'}`,
    }
  },
})
  .step('record the endpoint', {
    undoes: 'remove the endpoint',
    run: ({ app, service, host, port, path, strict, limitSeconds, maintenancePage }, hands) =>
      hands.transaction(async (tx) => {
        const { currentReleaseId } = await findLiveApp(tx, app)
        await holdAddresses(tx)
        await refuseUnlessRoutable(tx, { service, host, port, currentReleaseId }, hands.operation.resourceId)
        const address = await chooseAddress(tx, hands.operation.resourceId, host, port)
        await tx
          .insert(endpoints)
          .values({ id: hands.operation.resourceId, appId: app, service, ...address, health: { path, strict, limitSeconds }, maintenancePage })
          .onConflictDoNothing({ target: endpoints.id })
        hands.log(`Its address is ${address.host ?? `port ${address.port}`}.`)
      }),
    compensate: (_known, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(endpoints).set({ deprovisionedAt: new Date() }).where(eq(endpoints.id, hands.operation.resourceId))
      }),
  })
  .step('put it on the router', {
    undoes: 'take it off the router',
    run: (_known, hands) => switchRouter(hands, async () => {}, { ownPort: true }),
    compensate: (_known, hands) =>
      switchRouter(hands, (tx) => tx.update(endpoints).set({ deprovisionedAt: new Date() }).where(eq(endpoints.id, hands.operation.resourceId))),
  })
