import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { openDriver } from '../drivers/index.ts'
import { kindOf } from '../drivers/kinds.ts'
import { Refusal } from '../refusal.ts'
import { whyNotRun } from './runs-as.ts'
import { databaseTypes } from './types/index.ts'
import type { DatabaseType } from './types/type.ts'
import { findStack, lookUpVolumes } from './volumes.ts'

/** What databases can be made of in an environment, for its forms. */
export interface Offer {
  types: { name: string; title: string; versions: readonly string[]; memoryMb: Size; volumeMb: Size; trouble: string | null }[]
  places: { place: string; trouble: string | null; freeMb: number }[]
  /** What a size means on this stack, in words. */
  sizes: string
  /** Whether a volume is made larger while its database serves. */
  growsWhileUsed: boolean
}
type Size = { least: number; usual: number }

export async function offersDatabases(actor: Actor, environmentId: number): Promise<boolean> {
  allow(actor, 'read', environmentId)
  return (await lookUpVolumes(environmentId)) !== null
}

/** A machine need not have the programs of each. */
export async function offeredOn(driver: string): Promise<DatabaseType[]> {
  if (!kindOf(driver).takesPrograms) return databaseTypes()
  const there = await Promise.all(databaseTypes().map(async (type) => ((await type.programs.versions()).length > 0 ? [type] : [])))
  return there.flat()
}

/** @throws Refusal `conflict` where no database can be, or `unavailable` while the engine does not answer. */
export async function readOffer(actor: Actor, environmentId: number): Promise<Offer> {
  allow(actor, 'read', environmentId)
  const stack = await findStack(environmentId)
  const { volumes } = await openDriver(stack)
  if (!volumes) throw new Refusal('conflict', 'This stack keeps no volumes, so that no database can be there.')
  const [types, places, { summary, growsWhileUsed, oddUser }] = await Promise.all([offeredOn(stack.driver), volumes.places(), volumes.describe()])
  return {
    types: types.map(({ name, title, versions, memoryMb, volumeMb }) => ({ name, title, versions, memoryMb, volumeMb, trouble: whyNotRun(name, { oddUser }) })),
    places: places.map(({ place, trouble, freeMb }) => ({ place, trouble, freeMb })),
    sizes: summary,
    growsWhileUsed,
  }
}
