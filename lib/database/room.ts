import type { Driver } from '../drivers/driver.ts'
import type { PlaceState, Volumes, VolumesDescription } from '../drivers/volumes.ts'
import { Refusal } from '../refusal.ts'

/** What there is to know before a volume is made, or is given another size. */
export interface Room extends Pick<VolumesDescription, 'growsWhileUsed' | 'shrinks' | 'oddUser'> {
  places: PlaceState[]
  /** What the volume holds; 0 where that cannot be told. */
  usedMb: number
}

export async function readRoom(volumes: Volumes, volume?: string): Promise<Room> {
  const [description, places, state] = await Promise.all([volumes.describe(), volumes.places(), volume === undefined ? null : volumes.inspect({ name: volume })])
  return { ...description, places, usedMb: state?.usedMb ?? 0 }
}

/** @throws Refusal `conflict` with the numbers: below what it holds, smaller where none can be, or no room to grow. */
export function refuseUnlessFits(room: Room, now: { place: string; volumeMb: number }, volumeMb: number): void {
  const { usedMb, shrinks } = room
  if (volumeMb < usedMb) throw new Refusal('conflict', `It holds ${usedMb} MB, which is more than ${volumeMb} MB.`, { volumeMb: `at least ${usedMb}` })
  if (volumeMb < now.volumeMb && !shrinks) throw new Refusal('conflict', 'The volumes of this stack cannot be made smaller.', { volumeMb: `at least ${now.volumeMb}` })
  refuseUnlessFree(room, now.place, volumeMb - now.volumeMb, { unit: 'MB more' })
}

/** @throws Refusal `conflict` with the numbers, or what `findUsable` says of the place. */
export function refuseUnlessFree({ places }: Pick<Room, 'places'>, place: string, neededMb: number, { unit = 'MB', field = 'volumeMb' } = {}): void {
  const { freeMb } = findUsable(places, place)
  if (neededMb > freeMb) throw new Refusal('conflict', `${neededMb} ${unit} are needed at ${place}, where ${freeMb} MB are free.`, beside(places, field, `${freeMb} MB are free at ${place}`))
}

/** There is the memory for its container, which starts once the one that serves it now, if any, has stopped. @throws Refusal `conflict` with the numbers */
export async function refuseUnlessMemory(driver: Driver, { now, ...wanted }: { name: string; memoryMb: number; place?: string; now?: { memoryMb: number } }): Promise<void> {
  await driver.place({ containers: [{ ...wanted, beside: now === undefined }], elders: now ? [now] : [] })
}

/** @throws Refusal `invalid`, naming those there are, or `unavailable` with what is wrong with it. */
export function findUsable(places: PlaceState[], name: string): PlaceState {
  const found = places.find(({ place }) => place === name)
  if (!found) throw new Refusal('invalid', `There is no place ${name}; there are ${places.map(({ place }) => place).join(', ')}.`, { place: 'unknown' })
  if (found.trouble !== null) throw new Refusal('unavailable', `${name} cannot be used: ${found.trouble}.`, beside(places, 'place', found.trouble))
  return found
}

/** Where a new volume goes unless another place is asked for. @throws Refusal `unavailable`, with what is wrong with each */
export function findUsual(places: PlaceState[]): string {
  const found = places.find(({ trouble }) => trouble === null)
  if (!found) throw new Refusal('unavailable', `No place of this stack can be used. ${places.map(({ place, trouble }) => `${place}: ${trouble}`).join('; ')}.`)
  return found.place
}

/** A form asks for a place only where there are several. */
const beside = (places: PlaceState[], field: string, words: string) => (field === 'place' && places.length < 2 ? {} : { [field]: words })
