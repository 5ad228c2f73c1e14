import { RunSession } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { secretValues } from '../release/configuration.ts'
import { findLiveApp, lookUpRelease } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { throwAway } from './before-release.ts'
import { appOf } from './roll-out.ts'

/** One command in a throw-away container of the current release. It holds nothing, so it keeps no deploy waiting. */
export const session = operation({
  kind: 'app',
  type: 'session',
  schema: RunSession,
  scope: 'operate',
  trivial: true,
  target: async ({ app, command }, tx) => {
    const { handle, currentReleaseId, environmentId } = await findLiveApp(tx, app)
    if (currentReleaseId === null) throw new Refusal('conflict', `${handle} has no release yet. Deploy it first.`)
    const shown = command.length > 80 ? `${command.slice(0, 80)}…` : command
    return { resource: { id: app }, exclusive: false, also: [{ id: environmentId, mode: 'shared' }], title: `Run in ${handle}: ${shown}` }
  },
})
  .step('run the command', {
    makes: () => 1,
    undoes: null,
    limitSeconds: 3600,
    handsOver: true,
    afterCrash: async (_known, hands) => {
      const state = await (await hands.driver()).inspect({ name: hands.names[0]! })
      return state !== null && !state.running && state.exitCode === null ? 'roll back' : 'run again'
    },
    run: async ({ command }, hands) => {
      const release = await hands.transaction(async (tx) => {
        const app = await findLiveApp(tx, appOf(hands))
        return lookUpRelease(tx, app.currentReleaseId)
      })
      hands.hide(await secretValues(release!.configurationId))
      const driver = await hands.driver()
      const code = await driver.runOnce(await throwAway(hands, release!.id, hands.names[0]!, command), hands.io)
      if (code !== 0) throw new Refusal('conflict', `the command ended with exit code ${code}`)
      return { container: hands.names[0]! }
    },
  })
  .step('remove its container', {
    undoes: null,
    run: async ({ container }, hands) => (await hands.driver()).remove({ name: container }),
  })
