import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { installation } from '#drizzle/schema/installation.ts'
import { registrationOf } from '../drivers/index.ts'
import { operation } from '../runner/define.ts'
import { CreateStack } from '../stack/schema.ts'
import { refuseKept, refuseTaken, sayTaken } from './handle.ts'

const Recorded = CreateStack.transform((stack) => ({ ...stack, settings: registrationOf(stack.driver).seal(stack.settings) }))

export const provisionStack = operation({
  kind: 'stack',
  type: 'provision',
  schema: Recorded,
  scope: 'owner',
  target: async ({ handle }, tx) => {
    await refuseTaken(tx, { table: stacks }, handle)
    return { resource: { create: { kind: 'stack', handle, stackId: null, environmentId: null, appId: null } }, title: `Create the stack ${handle}` }
  },
}).step('create the stack', {
  undoes: 'remove the stack',
  run: async ({ handle, driver, strategy, settings: given }, hands) => {
    const { engine, keep } = registrationOf(driver)
    const found = await engine?.probe(engine.where(given))
    const id = hands.operation.resourceId
    return await hands.transaction(async (tx) => {
      const [own] = await tx.select({ id: installation.id }).from(installation)
      // Two installations may share an engine, and each knows by its realm what is its own.
      const settings = keep(given, found === undefined ? {} : { engine: found.id, realm: `${own!.id}-${id}` })
      await tx.insert(stacks).values({ id, handle, driver, strategy, settings }).onConflictDoNothing({ target: stacks.id })
      await refuseKept(tx, { table: stacks }, handle, id)
    }).catch(sayTaken(handle))
  },
  compensate: (_known, hands) =>
    hands.transaction(async (tx) => {
      await tx.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.id, hands.operation.resourceId))
    }),
})
