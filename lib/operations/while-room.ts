import type { Database } from '../database/find-live.ts'
import type { Volumes } from '../drivers/volumes.ts'
import { Refusal } from '../refusal.ts'

const LOOK_MS = 500
/** Of what was free at the beginning. */
const LEAST = 1 / 8
const LEAST_AT_PLACE_MB = 64

/**
 * What is written during a backup is kept until its end, and a database stops where its volume is full, or, where the
 * size of one is advice, its place: the signal aborts before.
 * @throws Refusal `conflict` with the numbers
 */
export async function whileRoom(volumes: Volumes, database: Pick<Database, 'handle' | 'volume' | 'place' | 'volumeMb'>, work: (filling: AbortSignal) => Promise<void>): Promise<void> {
  const filling = new AbortController()
  const { sized } = await volumes.describe()
  const what = sized ? `volume of ${database.handle}` : `place ${database.place}`
  const readFree = () => (sized ? freeOnVolume(volumes, database.volume) : freeAtPlace(volumes, database.place))
  const atFirst = await readFree()
  if (atFirst === null) return await work(filling.signal)
  // At a place the backup may take room, too.
  const leastMb = sized ? atFirst * LEAST : Math.max(LEAST_AT_PLACE_MB, (atFirst - database.volumeMb) * LEAST)
  const look = async () => {
    const freeMb = await readFree()
    if (freeMb === null || freeMb >= leastMb) return
    filling.abort(new Refusal('conflict', `The ${what} would be full before the backup is done: ${freeMb} MB of ${atFirst} MB are left of what was free. What is written meanwhile is kept until its end. Make room there, or back it up while less is written.`))
  }
  // A look that fails is made up for by the next.
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  try {
    await work(filling.signal)
  } catch (error) {
    filling.signal.throwIfAborted()
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** Null: it cannot be told. */
async function freeOnVolume(volumes: Volumes, name: string): Promise<number | null> {
  const state = await volumes.inspect({ name })
  return state && state.usedMb !== null ? state.sizeMb - state.usedMb : null
}

async function freeAtPlace(volumes: Volumes, name: string): Promise<number | null> {
  const found = (await volumes.places()).find(({ place }) => place === name)
  return found?.trouble === null ? found.freeMb : null
}
