import { apps } from '#drizzle/schema/app.ts'
import { refuseUnfitOn } from '../app/fit.ts'
import { UpdateApp } from '../app/schema.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { seal } from '../secret/seal.ts'
import { change, changeBack, refuseTaken } from './handle.ts'
import { appOf } from './roll-out.ts'

const Recorded = UpdateApp.transform((app) => ({
  ...app,
  sources: app.sources.map(({ url, credential }) => ({
    url,
    credential: credential ? seal(credential) : null,
    keep: credential === undefined,
  })),
}))

/** Where the code comes from and what the app is called; it takes effect with the next deploy. */
export const updateApp = operation({
  kind: 'app',
  type: 'update',
  schema: Recorded,
  scope: 'deploy',
  target: async ({ app, handle, from, buildCommand }, tx) => {
    const row = await findLiveApp(tx, app)
    const { stackId } = await findLiveEnvironment(tx, row.environmentId)
    await refuseUnfitOn(tx, stackId, { from, buildCommand })
    await refuseTaken(tx, { table: apps, environment: row.environmentId }, handle, app)
    return { resource: { id: app }, title: row.handle === handle ? `Change the settings of ${handle}` : `Rename ${row.handle} to ${handle}` }
  },
})
  .step('read the settings', {
    undoes: null,
    run: (_known, hands) =>
      hands.transaction(async (tx) => {
        const { handle, sources, ref, buildCommand, environmentId } = await findLiveApp(tx, appOf(hands))
        return { former: { handle, sources, ref, buildCommand }, environmentId }
      }),
  })
  .step('change the settings', {
    undoes: 'put the former settings back',
    run: ({ handle, sources, ref, buildCommand, former, environmentId }, hands) => {
      const kept = sources.map(({ url, credential, keep }) => ({
        url,
        credential: keep ? (former.sources.find((source) => source.url === url)?.credential ?? null) : credential,
      }))
      return hands.transaction((tx) => change(tx, hands, { table: apps, environment: environmentId }, former, { handle, sources: kept, ref, buildCommand }))
    },
    compensate: ({ former }, hands) => hands.transaction((tx) => changeBack(tx, hands, apps, former)),
  })
