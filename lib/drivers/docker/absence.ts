import { say } from '../say.ts'
import type { Waiting } from './engine.ts'

/** Of an engine that is away, in the eyes of those who write to the same log. */
interface Absence {
  /** Those who wait for an answer. */
  waiting: Set<object>
  /** Null: nothing is told that is not over. */
  told: Promise<void> | null
}

export interface Telling {
  away(words: string): Promise<void>
  back(): Promise<void>
  /** Whoever leaves without an answer knows nothing of the engine. */
  leave(): void
}

/** In each log, one line for an absence however it shows and however many wait, and one when the last of them is answered. */
export function openAbsences(): (io: Waiting | null) => Telling {
  const absences = new WeakMap<Waiting['line'], Absence>()
  const nothing = async () => {}
  return (io) => {
    if (io === null) return { away: nothing, back: nothing, leave: () => {} }
    const absence = absences.get(io.line) ?? { waiting: new Set(), told: null }
    absences.set(io.line, absence)
    const me = {}
    return {
      async away(words) {
        absence.waiting.add(me)
        await (absence.told ??= say(io, `${words}; waiting for it.`, 'stderr'))
      },
      async back() {
        absence.waiting.delete(me)
        const { told } = absence
        if (told === null || absence.waiting.size > 0) return
        absence.told = null
        // Both are in the log by the order of these calls, also when it makes them wait.
        await Promise.all([told, say(io, 'The engine answers again.', 'stderr')])
      },
      leave: () => void absence.waiting.delete(me),
    }
  }
}

/** `tell` is called when it says nothing for so long. */
export async function heard<Result>(question: () => Promise<Result>, silentMs: number, tell: () => void): Promise<Result> {
  const silence = setTimeout(tell, silentMs)
  try {
    return await question()
  } finally {
    clearTimeout(silence)
  }
}
