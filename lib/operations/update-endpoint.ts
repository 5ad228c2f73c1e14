import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema.ts'
import { refuseUnlessRoutable } from '../endpoint/address.ts'
import { findLiveEndpoint } from '../endpoint/find-live.ts'
import { UpdateEndpoint } from '../endpoint/schema.ts'
import { buildTable, switchTo } from '../endpoint/switch.ts'
import { Refusal } from '../refusal.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'

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
        const { host, port, health, maintenancePage } = await findLiveEndpoint(tx, endpoint)
        return { former: { host, port, health, maintenancePage } }
      }),
  })
  .step('change the endpoint', {
    undoes: 'put the former settings back',
    run: async ({ endpoint, host, port, path, strict, limitSeconds, maintenancePage }, hands) => {
      const table = await hands.transaction(async (tx) => {
        await tx.update(endpoints).set({ host, port, health: { path, strict, limitSeconds }, maintenancePage }).where(eq(endpoints.id, endpoint))
        return buildTable(tx)
      })
      await switchTo(table)
    },
    compensate: async ({ endpoint, former }, hands) => {
      const table = await hands.transaction(async (tx) => {
        await tx.update(endpoints).set(former).where(eq(endpoints.id, endpoint))
        return buildTable(tx)
      })
      await switchTo(table)
    },
  })
