import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from './open.ts'
import { endLeft } from './process.ts'

/** A cache that is gone afterwards; one that a killed process left goes before. */
export async function inScratch<Found>({ folder }: Git, slot: number, look: (cache: string) => Promise<Found>): Promise<Found> {
  const cache = join(folder, 'git', `look-${slot}`)
  await endLeft(cache)
  await rm(cache, { recursive: true, force: true })
  try {
    return await look(cache)
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}
