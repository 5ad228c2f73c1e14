import type { Locks } from './machine/lock.ts'

/** At once, by all processes of Davit together: each may fetch as much as a pull does. */
const looksMax = 4

/** A look at a source in one of few slots, whose number it is given. Null: all are taken. */
export async function inSlot<Found>(lookLocks: Locks, look: (slot: number) => Promise<Found>): Promise<Found | null> {
  for (let slot = 0; slot < looksMax; slot++) {
    const looked = await lookLocks.aloneIfFree(String(slot), async () => ({ found: await look(slot) }))
    if (looked !== null) return looked.found
  }
  return null
}
