import { environments } from '#drizzle/schema/stack.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { UpdateEnvironment } from '../environment/schema.ts'
import { operation } from '../runner/define.ts'
import { change, changeBack, refuseTaken } from './handle.ts'

export const updateEnvironment = operation({
  kind: 'environment',
  type: 'update',
  schema: UpdateEnvironment,
  scope: 'admin',
  target: async ({ environment, handle }, tx) => {
    const row = await findLiveEnvironment(tx, environment)
    await refuseTaken(tx, { table: environments }, handle, environment)
    return { resource: { id: environment }, title: row.handle === handle ? `Change the settings of ${handle}` : `Rename ${row.handle} to ${handle}` }
  },
})
  .step('read the settings', {
    undoes: null,
    run: ({ environment }, hands) =>
      hands.transaction(async (tx) => {
        const { handle, strategy } = await findLiveEnvironment(tx, environment)
        return { former: { handle, strategy } }
      }),
  })
  .step('change the settings', {
    undoes: 'put the former settings back',
    run: ({ handle, strategy, former }, hands) => hands.transaction((tx) => change(tx, hands, { table: environments }, former, { handle, strategy })),
    compensate: ({ former }, hands) => hands.transaction((tx) => changeBack(tx, hands, environments, former)),
  })
