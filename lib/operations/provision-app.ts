import { eq } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { refuseUnfitOn } from '../app/fit.ts'
import { CreateApp } from '../app/schema.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { operation } from '../runner/define.ts'
import { seal } from '../secret/seal.ts'
import { refuseKept, refuseTaken, sayTaken } from './handle.ts'

const Recorded = CreateApp.transform((app) => ({
  ...app,
  sources: app.sources.map(({ url, credential }) => ({ url, credential: credential ? seal(credential) : null })),
}))

export const provisionApp = operation({
  kind: 'app',
  type: 'provision',
  schema: Recorded,
  scope: 'deploy',
  target: async ({ environment, handle, from, buildCommand }, tx) => {
    const { stackId } = await findLiveEnvironment(tx, environment)
    await refuseUnfitOn(tx, stackId, { from, buildCommand })
    await refuseTaken(tx, { table: apps, environment }, handle)
    return {
      resource: { create: { kind: 'app', handle, stackId, environmentId: environment, appId: null } },
      also: [{ id: environment, mode: 'shared' }],
      title: `Create the app ${handle}`,
    }
  },
}).step('create the app', {
  undoes: 'remove the app',
  run: ({ environment, handle, sources, ref, buildCommand }, hands) =>
    hands.transaction(async (tx) => {
      // Again, now that the environment is held: it may have been deprovisioned in the meantime.
      await findLiveEnvironment(tx, environment)
      await tx
        .insert(apps)
        .values({ id: hands.operation.resourceId, environmentId: environment, handle, sources, ref, buildCommand })
        .onConflictDoNothing({ target: apps.id })
      await refuseKept(tx, { table: apps, environment }, handle, hands.operation.resourceId)
    }).catch(sayTaken(handle)),
  compensate: (_known, hands) =>
    hands.transaction(async (tx) => {
      await tx.update(apps).set({ deprovisionedAt: new Date() }).where(eq(apps.id, hands.operation.resourceId))
    }),
})
