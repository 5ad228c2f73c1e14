import { databases } from '#drizzle/schema/database.ts'
import { findLiveDatabase } from '../database/find-live.ts'
import { UpdateDatabase } from '../database/schema.ts'
import { operation } from '../runner/define.ts'
import { change, changeBack, refuseTaken } from './handle.ts'

export const updateDatabase = operation({
  kind: 'database',
  type: 'update',
  schema: UpdateDatabase,
  scope: 'deploy',
  target: async ({ database, handle }, tx) => {
    const row = await findLiveDatabase(tx, database)
    await refuseTaken(tx, { table: databases, environment: row.environmentId }, handle, database)
    return { resource: { id: database }, title: `Rename ${row.handle} to ${handle}` }
  },
})
  .step('read its handle', {
    undoes: null,
    run: ({ database }, hands) =>
      hands.transaction(async (tx) => {
        const { handle, environmentId } = await findLiveDatabase(tx, database)
        return { former: handle, environmentId }
      }),
  })
  .step('change its handle', {
    undoes: 'put the former handle back',
    run: ({ handle, former, environmentId }, hands) => hands.transaction((tx) => change(tx, hands, { table: databases, environment: environmentId }, { handle: former }, { handle })),
    compensate: ({ former }, hands) => hands.transaction((tx) => changeBack(tx, hands, databases, { handle: former })),
  })
