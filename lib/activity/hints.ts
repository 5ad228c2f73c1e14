import { randomUUID } from 'node:crypto'
import { sql } from '../db/client.ts'

export type HintKind = 'operations' | 'activity' | 'logs' | 'containers' | 'everything'
/** Something about that id has changed; `everything` when hints may have been missed. It carries no content. */
export type Hint = { id: string; kind: HintKind; about: number }

type Reader = (hint: Hint) => void
type Hub = { boot: string; count: number; recent: Hint[]; readers: Set<Reader>; listening: Promise<unknown> | null }

/** A reader that was away for fewer hints than this is told each; one away longer is told `everything`. */
const recentMax = 1000
const kinds = ['operations', 'activity', 'logs', 'containers'] as const

// Next loads a module once per bundle: the connection must be one per process.
const shared = globalThis as typeof globalThis & { davitHints?: Hub }
const hub: Hub = (shared.davitHints ??= { boot: randomUUID().slice(0, 8), count: 0, recent: [], readers: new Set(), listening: null })

/** Calls back with each hint until the returned function is called; first those missed since `lastId`. */
export async function listenToHints(lastId: string | null, reader: Reader): Promise<() => void> {
  await (hub.listening ??= listen())
  for (const hint of missedSince(lastId)) reader(hint)
  hub.readers.add(reader)
  return () => void hub.readers.delete(reader)
}

/** Resolves at the next hint about that id, after `limitMs` at the latest, or at once when the signal aborts. */
export async function nextHint(kind: HintKind, about: number, limitMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limitMs)
  signal.addEventListener('abort', () => resolve(), { once: true })
  const leave = await listenToHints(null, (hint) => {
    if (hint.kind === 'everything' || (hint.kind === kind && hint.about === about)) resolve()
  })
  if (signal.aborted) resolve()
  await promise
  clearTimeout(timer)
  leave()
}

async function listen() {
  try {
    for (const kind of kinds) {
      // Called again after each reconnect: what was said meanwhile is lost, so everything is read again.
      await sql.listen(`davit_${kind}`, (payload) => (payload === '0' ? publish('everything', 0) : publish(kind, Number(payload))), () => publish('everything', 0))
    }
  } catch (error) {
    hub.listening = null
    throw error
  }
}

function publish(kind: HintKind, about: number) {
  const hint = { id: `${hub.boot}-${++hub.count}`, kind, about }
  hub.recent.push(hint)
  if (hub.recent.length > recentMax) hub.recent.shift()
  for (const reader of hub.readers) reader(hint)
}

function missedSince(lastId: string | null): Hint[] {
  if (lastId === null) return []
  const seen = hub.recent.findIndex(({ id }) => id === lastId)
  return seen < 0 ? [{ id: `${hub.boot}-${hub.count}`, kind: 'everything', about: 0 }] : hub.recent.slice(seen + 1)
}
