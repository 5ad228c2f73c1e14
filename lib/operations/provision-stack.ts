import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { driverNames } from '../drivers/index.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { CreateStack } from '../stack/schema.ts'
import { refuseKept, refuseTaken, sayTaken } from './handle.ts'

export const provisionStack = operation({
  kind: 'stack',
  type: 'provision',
  schema: CreateStack,
  scope: 'owner',
  target: async ({ handle, driver }, tx) => {
    if (!driverNames().includes(driver)) throw new Refusal('invalid', `There is no driver "${driver}".`, { driver: 'unknown' })
    await refuseTaken(tx, { table: stacks }, handle)
    return { resource: { create: { kind: 'stack', handle, stackId: null, environmentId: null, appId: null } }, title: `Create the stack ${handle}` }
  },
}).step('create the stack', {
  undoes: 'remove the stack',
  run: ({ handle, driver, strategy }, hands) =>
    hands.transaction(async (tx) => {
      await tx.insert(stacks).values({ id: hands.operation.resourceId, handle, driver, strategy }).onConflictDoNothing({ target: stacks.id })
      await refuseKept(tx, { table: stacks }, handle, hands.operation.resourceId)
    }).catch(sayTaken(handle)),
  compensate: (_known, hands) =>
    hands.transaction(async (tx) => {
      await tx.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.id, hands.operation.resourceId))
    }),
})
