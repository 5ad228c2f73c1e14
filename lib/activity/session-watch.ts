import type { Actor } from '../auth/actor.ts'
import { lookUpSession } from '../auth/sessions.ts'
import { sql } from '../db/client.ts'

type Watches = { readers: Set<() => void>; listening: Promise<unknown> | null }

/** Sessions also expire, which nobody says. */
const againMs = 10_000

// Next loads a module once per bundle: the connection must be one per process.
const shared = globalThis as typeof globalThis & { davitWatches?: Watches }
const watches: Watches = (shared.davitWatches ??= { readers: new Set(), listening: null })

/**
 * Tells who the actor of a session is whenever what is permitted may have changed, and every ten seconds;
 * null, once, when the session has ended. Streams close by it. `lost`: the db does not answer, so nobody can tell.
 */
export async function watchSession(id: string, tell: (actor: Actor | null) => void, lost = () => {}): Promise<() => void> {
  await (watches.listening ??= listen())
  let left = false
  const look = async () => {
    // While the db is away nobody is shut out: it is asked again.
    const actor = await lookUpSession(id).catch(() => undefined)
    if (left) return
    if (actor === undefined) return lost()
    if (actor === null) leave()
    tell(actor)
  }
  const timer = setInterval(look, againMs)
  const leave = () => {
    left = true
    clearInterval(timer)
    watches.readers.delete(look)
  }
  watches.readers.add(look)
  // It may have ended between the request's own look and now.
  await look()
  return leave
}

async function listen() {
  const everybody = () => watches.readers.forEach((look) => look())
  try {
    // Called again after each reconnect: what was said meanwhile is lost.
    await sql.listen('davit_access', everybody, everybody)
  } catch (error) {
    watches.listening = null
    throw error
  }
}

/** The same chunks, until the session ends or no longer permits them: then it fails, so that no half file passes for a whole one. */
export async function* whileSession<Chunk>(id: string, permits: (actor: Actor) => boolean, chunks: AsyncIterable<Chunk>, abort: AbortController): AsyncGenerator<Chunk> {
  let ended = false
  const leave = await watchSession(id, (actor) => {
    if (actor && permits(actor)) return
    ended = true
    abort.abort()
  })
  try {
    for await (const chunk of chunks) {
      if (ended) break
      yield chunk
    }
    if (ended) throw new Error('the session ended during a download')
  } finally {
    leave()
  }
}
