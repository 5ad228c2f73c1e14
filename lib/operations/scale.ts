import { ScaleApp } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { findLiveApp, lookUpRelease } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

export const scale = operation({
  kind: 'app',
  type: 'scale',
  schema: ScaleApp,
  scope: 'operate',
  canRollBack: true,
  target: async ({ app, formation }, tx) => {
    const { handle, currentReleaseId } = await findLiveApp(tx, app)
    const current = await lookUpRelease(tx, currentReleaseId)
    if (!current) throw new Refusal('conflict', `${handle} has no release yet. Deploy it first.`)
    for (const service of Object.keys(formation)) {
      if (!Object.hasOwn(current.formation, service)) throw new Refusal('invalid', `${handle} has no service "${service}".`, { [`formation.${service}`]: 'no such service' })
    }
    const wanted = Object.entries(formation).map(([service, count]) => `${service} to ${count}`)
    return { resource: { id: app }, title: `Scale ${handle}: ${wanted.join(', ')}` }
  },
})
  .with(makeRelease(({ formation }) => ({ formation })))
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)
