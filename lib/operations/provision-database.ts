import { databases } from '#drizzle/schema/database.ts'
import { CreateDatabase } from '../database/schema.ts'
import { containerOf, credentialsOf } from '../database/container.ts'
import { refuseUnlessRuns } from '../database/runs-as.ts'
import { refuseUnlessOffered } from '../database/sizes.ts'
import { findType } from '../database/types/index.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { Refusal } from '../refusal.ts'
import { type Hands, operation } from '../runner/define.ts'
import { seal } from '../secret/seal.ts'
import { volumesOf } from './database-container.ts'
import { refuseTaken } from './handle.ts'
import { havePrograms } from './have-programs.ts'
import { findOwn, makeDatabase, serveDatabase } from './make-database.ts'

export const provisionDatabase = operation({
  kind: 'database',
  type: 'provision',
  schema: CreateDatabase,
  scope: 'deploy',
  target: async ({ environment, handle, type, version, memoryMb, volumeMb }, tx) => {
    const { stackId } = await findLiveEnvironment(tx, environment)
    refuseUnlessOffered({ type, version, memoryMb, volumeMb })
    await refuseTaken(tx, { table: databases, environment }, handle)
    return {
      resource: { create: { kind: 'database', handle, stackId, environmentId: environment, appId: null } },
      also: [{ id: environment, mode: 'shared' }],
      title: `Create the ${findType(type).title} database ${handle}`,
    }
  },
})
  .with(
    havePrograms(async ({ handle, type, version }, hands) => {
      const volumes = await volumesOf(hands)
      refuseUnlessRuns(type, await volumes.describe())
      return { owner: { id: hands.operation.resourceId, handle }, type, version, image: null }
    }),
  )
  .with(
    makeDatabase(async ({ environment, handle, type, version, memoryMb, volumeMb, place, image }) => ({
      environment, handle, type, version, memoryMb, volumeMb, place, image, credentials: seal(JSON.stringify(findType(type).makeCredentials())),
    })),
  )
  .step('fill the volume', {
    makes: () => 1,
    undoes: 'stop what fills it',
    limitSeconds: 1000,
    run: (_known, hands) => initialise(hands),
    compensate: async (_known, hands) => {
      const driver = await hands.driver()
      await driver.remove({ name: hands.names[0]! })
    },
  })
  .with(serveDatabase)

/** One that was killed in the middle is begun anew: what it left is cleared away by the command itself. */
async function initialise(hands: Hands): Promise<void> {
  const [name] = hands.names as [string]
  const database = await findOwn(hands)
  const credentials = credentialsOf(database)
  hands.hide(Object.values(credentials))
  const driver = await hands.driver()
  await driver.remove({ name })
  const volumes = await volumesOf(hands)
  await volumes.attach({ name: database.volume }, hands.io)
  const { listensAs: _, stopSignal: _signal, ...spec } = containerOf(database, name, hands.operation.fence)
  const code = await driver.runOnce({ ...spec, ...findType(database.type).initialise(credentials), port: false }, hands.io)
  if (code !== 0) throw new Refusal('conflict', `The volume could not be filled: exit code ${code}; its output is in the log.`)
  await driver.remove({ name })
}
