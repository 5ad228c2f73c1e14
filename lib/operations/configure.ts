import { ConfigureApp } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { currentConfigurationId, changeConfiguration, type ConfigurationChange } from '../release/configuration.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { seal, unseal } from '../secret/seal.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { appOf, placeContainers, takeOver } from './roll-out.ts'

function refusePort(set: object) {
  if (!Object.hasOwn(set, 'PORT')) return
  throw new Refusal('invalid', 'Something in the form is not right yet.', { 'set.PORT': 'Davit sets PORT itself, to another number for each container: let the app listen on it, and leave it out here' })
}

/** Recorded with its values sealed; the names stay readable, for the title and for who asks later. */
const Recorded = ConfigureApp.transform(({ app, set, unset, strategy }) => {
  refusePort(set)
  return { app, strategy, names: [...Object.keys(set), ...unset].toSorted(), change: seal(JSON.stringify({ set, unset })) }
})

export const configure = operation({
  kind: 'app',
  type: 'configure',
  schema: Recorded,
  scope: 'deploy',
  canRollBack: true,
  target: async ({ app, names }, tx) => {
    const { handle } = await findLiveApp(tx, app)
    const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
    return { resource: { id: app }, title: `Configure ${handle}: ${shown || 'no change'}` }
  },
})
  .with(
    makeRelease(async ({ change }, tx, hands) => {
      const app = appOf(hands)
      const { set, unset } = JSON.parse(unseal(change)) as ConfigurationChange
      return { configurationId: await changeConfiguration(tx, app, hands.operation.id, await currentConfigurationId(tx, app), { set, unset }) }
    }),
  )
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)
