import { RestartApp } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { findLiveApp } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

export const restart = operation({
  kind: 'app',
  type: 'restart',
  schema: RestartApp,
  scope: 'operate',
  canRollBack: false,
  target: async ({ app }, tx) => {
    const { handle, currentReleaseId } = await findLiveApp(tx, app)
    if (currentReleaseId === null) throw new Refusal('conflict', `${handle} has no release yet. Deploy it first.`)
    return { resource: { id: app }, title: `Restart ${handle}` }
  },
})
  .with(makeRelease(() => ({})))
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)
