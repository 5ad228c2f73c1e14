import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { Refusal } from '../refusal.ts'
import { databaseTypes } from './types/index.ts'
import { lookUpVolumes } from './volumes.ts'

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

export async function offersDatabases(actor: Actor, environmentId: number): Promise<boolean> {
  allow(actor, 'read', environmentId)
  return (await lookUpVolumes(environmentId)) !== null
}

/** @throws Refusal `conflict` where no database can be, or `unavailable` while the engine does not answer. */
export async function readOffer(actor: Actor, environmentId: number): Promise<Offer> {
  allow(actor, 'read', environmentId)
  const volumes = await lookUpVolumes(environmentId)
  if (!volumes) throw new Refusal('conflict', 'This stack keeps no volumes, so that no database can be there.')
  const [places, { summary, growsWhileUsed }] = await Promise.all([volumes.places(), volumes.describe()])
  return {
    types: databaseTypes().map(({ name, title, versions, memoryMb, volumeMb }) => ({ name, title, versions, memoryMb, volumeMb })),
    places: places.map(({ place, trouble, freeMb }) => ({ place, trouble, freeMb })),
    sizes: summary,
    growsWhileUsed,
  }
}
