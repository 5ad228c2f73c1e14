import { and, eq, isNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { databases } from '#drizzle/schema/database.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { DeprovisionEnvironment } from '../environment/schema.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import type { Transaction } from '../db/client.ts'
import { keepHandle, refuseUnconfirmed } from './handle.ts'

const namedMax = 10

export const deprovisionEnvironment = operation({
  kind: 'environment',
  type: 'deprovision',
  schema: DeprovisionEnvironment,
  scope: 'destroy',
  passesBlocks: true,
  target: async ({ environment, confirm }, tx) => {
    const { handle } = await findLiveEnvironment(tx, environment)
    refuseUnconfirmed(confirm, handle)
    await refuseUnlessEmpty(tx, environment)
    return { resource: { id: environment }, title: `Deprovision the environment ${handle}` }
  },
}).step('deprovision the environment', {
  undoes: 'bring the environment back',
  run: ({ environment }, hands) =>
    hands.transaction(async (tx) => {
      // Again, while holding it alone: an app may have been created in the meantime.
      await refuseUnlessEmpty(tx, environment)
      const gone = await tx.update(environments).set({ deprovisionedAt: new Date() }).where(eq(environments.id, environment)).returning({ handle: environments.handle })
      for (const { handle } of gone) await keepHandle(tx, hands, { table: environments }, handle)
    }),
  compensate: ({ environment }, hands) =>
    hands.transaction(async (tx) => {
      await tx.update(environments).set({ deprovisionedAt: null }).where(eq(environments.id, environment))
    }),
})

async function refuseUnlessEmpty(tx: Transaction, environment: number) {
  const handlesIn = (table: typeof apps | typeof databases) =>
    tx.select({ handle: table.handle }).from(table).where(and(eq(table.environmentId, environment), isNull(table.deprovisionedAt))).orderBy(table.handle)
  const left = [...(await handlesIn(apps)), ...(await handlesIn(databases))]
  if (left.length === 0) return
  const named = left.slice(0, namedMax).map(({ handle }) => handle).join(', ')
  const more = left.length > namedMax ? ` and ${left.length - namedMax} more` : ''
  throw new Refusal('conflict', `It is not empty: deprovision ${named}${more} first.`)
}
