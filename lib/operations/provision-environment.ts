import { eq } from 'drizzle-orm'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { CreateEnvironment } from '../environment/schema.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { refuseKept, refuseTaken, sayTaken } from './handle.ts'

export const provisionEnvironment = operation({
  kind: 'environment',
  type: 'provision',
  schema: CreateEnvironment,
  scope: 'owner',
  target: async ({ stack, handle }, tx) => {
    const [row] = await tx.select().from(stacks).where(eq(stacks.id, stack))
    if (!row || row.deprovisionedAt) throw new Refusal('not_found', 'There is no such stack.', { stack: 'choose a stack' })
    await refuseTaken(tx, { table: environments }, handle)
    return {
      resource: { create: { kind: 'environment', handle, stackId: stack, environmentId: null, appId: null } },
      also: [{ id: stack, mode: 'shared' }],
      title: `Create the environment ${handle}`,
    }
  },
}).step('create the environment', {
  undoes: 'remove the environment',
  run: ({ stack, handle, strategy }, hands) =>
    hands.transaction(async (tx) => {
      await tx
        .insert(environments)
        .values({ id: hands.operation.resourceId, stackId: stack, handle, strategy })
        .onConflictDoNothing({ target: environments.id })
      await refuseKept(tx, { table: environments }, handle, hands.operation.resourceId)
    }).catch(sayTaken(handle)),
  compensate: (_known, hands) =>
    hands.transaction(async (tx) => {
      await tx.update(environments).set({ deprovisionedAt: new Date() }).where(eq(environments.id, hands.operation.resourceId))
    }),
})
