import { setTimeout as pause } from 'node:timers/promises'
import { type Engine, type Waiting, within } from './engine.ts'

/** How often the engine is looked at while it passes on what others say. */
const everyMs = 2000

export interface Watch {
  /** Aborts when the others have said nothing for as long as they may. */
  signal: AbortSignal
  heard(): void
  end(): void
}

/** Listens for those whose words an engine passes on. That it says nothing itself is told, and held against nobody else. */
export function watchSilence({ docker, ask }: Engine, limitMs: number, io: Waiting, lookMs = everyMs): Watch {
  const [silent, over] = [new AbortController(), new AbortController()]
  const signal = AbortSignal.any([io.signal, over.signal])
  let heardAt = performance.now()
  async function look(): Promise<void> {
    while (await pause(lookMs, true, { signal }).catch(() => false)) {
      const askedAt = performance.now()
      await ask({ ...io, signal }, (limit) => within(limit, docker.ping())).catch(() => {})
      const now = performance.now()
      if (now - askedAt > lookMs) heardAt = now
      if (now - heardAt >= limitMs) return silent.abort()
    }
  }
  void look()
  return { signal: silent.signal, heard: () => void (heardAt = performance.now()), end: () => over.abort() }
}
