import { eq } from 'drizzle-orm'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import type { Volumes } from '../drivers/volumes.ts'
import { openDriver, type StackToOpen } from '../drivers/index.ts'
import { nothingHere } from '../refusal.ts'

/** Those of the stack that an environment is on. Null: it keeps none, and no database can be there. */
export async function lookUpVolumes(environmentId: number): Promise<Volumes | null> {
  return (await openDriver(await findStack(environmentId))).volumes
}

export async function findStack(environmentId: number): Promise<StackToOpen> {
  const [stack] = await db
    .select({ id: stacks.id, driver: stacks.driver, settings: stacks.settings })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, environmentId))
  if (!stack) throw nothingHere()
  return stack
}
