import { DeployApp } from '../app/schema.ts'
import { findLiveApp } from '../release/create.ts'
import { shortRef } from '../release/short-version.ts'
import { operation } from '../runner/define.ts'
import { beforeRelease } from './before-release.ts'
import { countRequests } from './count-requests.ts'
import { fetchImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

export const deploy = operation({
  kind: 'app',
  type: 'deploy',
  schema: DeployApp,
  scope: 'deploy',
  canRollBack: true,
  target: async ({ app, ref }, tx) => {
    const { handle, ref: own } = await findLiveApp(tx, app)
    return { resource: { id: app }, title: `Deploy ${handle} at ${shortRef(ref ?? own)}` }
  },
})
  .with(fetchImage)
  .with(makeRelease(({ image, manifest }) => ({ image, manifest })))
  .with(placeContainers)
  .with(beforeRelease)
  .with(takeOver)
  .with(countRequests)
