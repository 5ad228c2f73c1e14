import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { nothingHere } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { UpdateStack } from '../stack/schema.ts'
import { refuseTaken, rename, renameResource, sayTaken } from './handle.ts'

export const updateStack = operation({
  kind: 'stack',
  type: 'update',
  schema: UpdateStack,
  scope: 'owner',
  target: async ({ stack, handle }, tx) => {
    const [row] = await tx.select().from(stacks).where(eq(stacks.id, stack))
    if (!row) throw nothingHere()
    await refuseTaken(tx, { table: stacks }, handle, stack)
    return { resource: { id: stack }, title: row.handle === handle ? `Change the settings of ${handle}` : `Rename ${row.handle} to ${handle}` }
  },
})
  .step('read the settings', {
    undoes: null,
    run: async ({ stack }, hands) => {
      const [row] = await hands.transaction((tx) => tx.select({ handle: stacks.handle, strategy: stacks.strategy }).from(stacks).where(eq(stacks.id, stack)))
      return { former: row! }
    },
  })
  .step('change the settings', {
    undoes: 'put the former settings back',
    run: ({ stack, handle, strategy, former }, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(stacks).set({ handle, strategy }).where(eq(stacks.id, stack))
        await rename(tx, hands, { table: stacks }, former.handle, handle)
      }).catch(sayTaken(handle)),
    compensate: ({ stack, former }, hands) =>
      hands.transaction(async (tx) => {
        await tx.update(stacks).set(former).where(eq(stacks.id, stack))
        await renameResource(tx, stack, former.handle)
      }),
  })
