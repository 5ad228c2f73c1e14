import { eq } from 'drizzle-orm'
import { stacks } from '#drizzle/schema/stack.ts'
import { registrationOf, type Settings } from '../drivers/index.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { refuseDroppedPlaces } from '../stack/check-places.ts'
import { UpdateStack } from '../stack/schema.ts'
import { change, changeBack, refuseTaken } from './handle.ts'

const Recorded = UpdateStack.transform((stack) => ({ ...stack, settings: stack.driver === undefined ? null : registrationOf(stack.driver).seal(stack.settings) }))

/** Where it runs and what it is called. What is under way goes on as it began; the next call to its engine is made with the new settings. */
export const updateStack = operation({
  kind: 'stack',
  type: 'update',
  schema: Recorded,
  scope: 'owner',
  target: async ({ stack, handle, driver }, tx) => {
    const [row] = await tx.select().from(stacks).where(eq(stacks.id, stack))
    if (!row) throw nothingHere()
    if (driver !== undefined && driver !== row.driver) throw new Refusal('invalid', `${row.handle} is a stack with the driver ${row.driver}, and stays one.`)
    await refuseTaken(tx, { table: stacks }, handle, stack)
    return { resource: { id: stack }, title: row.handle === handle ? `Change the settings of ${handle}` : `Rename ${row.handle} to ${handle}` }
  },
})
  .step('read the settings', {
    undoes: null,
    run: async ({ stack }, hands) => {
      const [row] = await hands.transaction((tx) => tx.select({ handle: stacks.handle, strategy: stacks.strategy, settings: stacks.settings }).from(stacks).where(eq(stacks.id, stack)))
      return { former: row! }
    },
  })
  .step('change the settings', {
    undoes: 'put the former settings back',
    run: async ({ stack, handle, strategy, driver, settings: given, former }, hands) => {
      const settings = driver === undefined || given === null ? former.settings : await settled(driver, given, former.settings)
      return await hands.transaction(async (tx) => {
        if (driver !== undefined) await refuseDroppedPlaces(tx, settings, { id: stack, driver, settings: former.settings })
        await change(tx, hands, { table: stacks }, former, { handle, strategy, settings })
      })
    },
    compensate: ({ former }, hands) => hands.transaction((tx) => changeBack(tx, hands, stacks, former)),
  })

/** An engine that is reached in another way may be another one. */
async function settled(driver: string, given: Settings, former: Settings): Promise<Settings> {
  const { engine, keep } = registrationOf(driver)
  const settings = keep(given, former)
  if (engine === null || engine.where(settings) === engine.where(former)) return settings
  return { ...settings, engine: (await engine.probe(engine.where(settings))).id }
}
