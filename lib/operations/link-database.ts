import { LinkDatabase } from '../database/schema.ts'
import { connectionUrl } from '../database/connection-url.ts'
import { type Database, findLiveDatabase } from '../database/find-live.ts'
import { findType } from '../database/types/index.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { changeConfiguration, currentConfigurationId } from '../release/configuration.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

/** The database's URL becomes a variable of the app, which is rolled out with it. */
export const linkDatabase = operation({
  kind: 'app',
  type: 'link',
  schema: LinkDatabase,
  scope: 'deploy',
  canRollBack: true,
  target: async ({ app, database, variable }, tx) => {
    const both = await findBoth(tx, app, database)
    if (variable === 'PORT') throw new Refusal('invalid', 'Davit sets PORT itself; choose another variable.', { variable: 'set by Davit' })
    return { resource: { id: app }, also: [{ id: database, mode: 'shared' }], title: `Link ${both.app.handle} to ${both.database.handle} as ${variable ?? usualFor(both.database)}` }
  },
})
  .with(
    makeRelease(async ({ app, database, variable }, tx, hands) => {
      // Again, while holding it: it may have been deprovisioned in the meantime.
      const { database: linked } = await findBoth(tx, app, database)
      const name = variable ?? usualFor(linked)
      const change = { set: { [name]: { value: await connectionUrl(tx, linked), secret: true } }, unset: [], links: { [name]: database } }
      return { configurationId: await changeConfiguration(tx, app, hands.operation.id, await currentConfigurationId(tx, app), change) }
    }),
  )
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)

const usualFor = ({ type }: Database) => findType(type).variable

async function findBoth(tx: Transaction, appId: number, databaseId: number) {
  const [app, database] = [await findLiveApp(tx, appId), await findLiveDatabase(tx, databaseId)]
  if (app.environmentId !== database.environmentId) throw new Refusal('conflict', `${app.handle} and ${database.handle} are in different environments, and apps are linked to databases of their own.`)
  return { app, database }
}
