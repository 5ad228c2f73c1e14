import { say } from '../say.ts'
import type { Waiting } from './engine.ts'

/** In a step's log, one line for an absence however it shows, and one for its end. */
export function tellOnce(io: Waiting | null) {
  let told: Promise<void> | null = null
  return {
    async away(words: string) {
      if (io !== null) await (told ??= say(io, `${words}; waiting for it.`, 'stderr'))
    },
    async back() {
      await told
      if (io !== null && told !== null) await say(io, 'The engine answers again.', 'stderr')
    },
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
