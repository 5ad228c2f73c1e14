import { RunSession } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { findLiveApp, lookUpRelease } from '../release/create.ts'
import { operation } from '../runner/define.ts'
import { appOf } from './roll-out.ts'
import { adoptable, runThrowAway } from './throw-away.ts'

/** One command in a throw-away container of the current release. It holds nothing, so it keeps no deploy waiting. */
export const session = operation({
  kind: 'app',
  type: 'session',
  schema: RunSession,
  // A command can print every variable.
  scope: ['sensitive', 'operate'],
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
    afterCrash: (_known, hands) => adoptable(hands),
    run: async ({ command }, hands) => {
      const release = await hands.transaction(async (tx) => {
        const app = await findLiveApp(tx, appOf(hands))
        return lookUpRelease(tx, app.currentReleaseId)
      })
      const code = await runThrowAway(hands, release!.id, { name: hands.names[0]!, command, purpose: 'session' })
      if (code !== 0) throw new Refusal('conflict', `the command ended with exit code ${code}`)
      return { container: hands.names[0]! }
    },
  })
  .step('remove its container', {
    undoes: null,
    run: async ({ container }, hands) => (await hands.driver()).remove({ name: container }),
  })
