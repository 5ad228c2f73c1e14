import { eq } from 'drizzle-orm'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { openDriver } from '../drivers/index.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { databaseTypes } from './types/index.ts'

/** What databases can be made of in an environment, for its forms. */
export interface Offer {
  types: { name: string; title: string; versions: readonly string[]; memoryMb: Size; volumeMb: Size }[]
  places: { place: string; trouble: string | null; freeMb: number }[]
  /** What a size means on this stack, in words. */
  sizes: string
  /** Whether a volume is made larger while its database serves. */
  growsWhileUsed: boolean
}
type Size = { least: number; usual: number }

/** Null: its stack keeps no volumes, and no database can be there. */
async function lookUpVolumes(actor: Actor, environmentId: number) {
  allow(actor, 'read', environmentId)
  const [stack] = await db
    .select({ id: stacks.id, driver: stacks.driver, settings: stacks.settings })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, environmentId))
  if (!stack) throw nothingHere()
  return (await openDriver(stack)).volumes
}

export async function offersDatabases(actor: Actor, environmentId: number): Promise<boolean> {
  return (await lookUpVolumes(actor, environmentId)) !== null
}

/** @throws Refusal `conflict` where no database can be, or `unavailable` while the engine does not answer. */
export async function readOffer(actor: Actor, environmentId: number): Promise<Offer> {
  const volumes = await lookUpVolumes(actor, environmentId)
  if (!volumes) throw new Refusal('conflict', 'This stack keeps no volumes, so that no database can be there.')
  const [places, { summary, growsWhileUsed }] = await Promise.all([volumes.places(), volumes.describe()])
  return {
    types: databaseTypes().map(({ name, title, versions, memoryMb, volumeMb }) => ({ name, title, versions, memoryMb, volumeMb })),
    places: places.map(({ place, trouble, freeMb }) => ({ place, trouble, freeMb })),
    sizes: summary,
    growsWhileUsed,
  }
}
