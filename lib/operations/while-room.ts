import type { Database } from '../database/find-live.ts'
import type { Volumes } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'

const LOOK_MS = 500
/** Of what was free at the beginning. */
const LEAST = 1 / 8

/**
 * What is written during a backup is kept until its end, and a database whose volume is full stops: the signal aborts
 * before. A volume whose size is advice has no room of its own.
 * @throws Refusal `conflict` with the numbers
 */
export async function whileRoom(volumes: Volumes, { handle, volume: name }: Pick<Database, 'handle' | 'volume'>, work: (filling: AbortSignal) => Promise<void>): Promise<void> {
  const filling = new AbortController()
  const { sized } = await volumes.describe()
  const atFirst = sized ? await readFree(volumes, name) : null
  const look = async () => {
    const freeMb = await readFree(volumes, name)
    if (freeMb === null || freeMb >= atFirst! * LEAST) return
    filling.abort(new Refusal('conflict', `The volume of ${handle} would be full before the backup is done: ${freeMb} MB of ${atFirst} MB are left of what was free. What is written meanwhile is kept until its end. Make the volume larger, or back it up while less is written.`))
  }
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  if (atFirst === null) clearInterval(timer)
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
async function readFree(volumes: Volumes, name: string): Promise<number | null> {
  const state = await volumes.inspect({ name })
  return state && state.usedMb !== null ? state.sizeMb - state.usedMb : null
}
