import { eq } from 'drizzle-orm'
import { configurations } from '#drizzle/schema/release.ts'
import { UnlinkDatabase } from '../database/schema.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { changeConfiguration, currentConfigurationId } from '../release/configuration.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

/** The variable goes, and the app is rolled out without it; also once the database is gone. */
export const unlinkDatabase = operation({
  kind: 'app',
  type: 'unlink',
  schema: UnlinkDatabase,
  scope: 'deploy',
  canRollBack: true,
  target: async ({ app, variable }, tx) => {
    const { handle } = await findLiveApp(tx, app)
    await refuseUnlessLinked(tx, app, variable)
    return { resource: { id: app }, title: `Unlink ${handle} from its database: ${variable}` }
  },
})
  .with(
    makeRelease(async ({ app, variable }, tx, hands) => {
      const former = await refuseUnlessLinked(tx, app, variable, hands.operation.id)
      return { configurationId: await changeConfiguration(tx, app, hands.operation.id, former, { set: {}, unset: [variable] }) }
    }),
  )
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)

/** The configuration it is in; also the one that this very operation has made of it. */
async function refuseUnlessLinked(tx: Transaction, app: number, variable: string, operationId?: number): Promise<number | null> {
  const current = await currentConfigurationId(tx, app)
  const [row] = current === null ? [] : await tx.select().from(configurations).where(eq(configurations.id, current))
  if (row && operationId !== undefined && row.operationId === operationId) return current
  if (!row || !Object.hasOwn(row.links, variable)) throw new Refusal('conflict', `${variable} is no link to a database.`, { variable: 'not linked' })
  return current
}
