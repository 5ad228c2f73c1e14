import { Refusal } from '../refusal.ts'

const windowMs = 60_000
const perKeyMax = 5
/** Whoever would wait longer for their turn is refused: a browser gives up, and a request that waits holds memory. */
const waitMaxMs = 10_000

/** So many tries at once; from then on each waits its turn, one every so often. */
export interface Pace {
  key: string
  burst: number
  everyMs: number
}

export interface Counted {
  /** How long to wait before the try is made. */
  waitMs: number
  /** For a try that turned out to be right: it counts for nothing. */
  giveBack: () => void
}

// The one web process keeps the count.
const attempts = new Map<string, number[]>()
/** Up to when the turns of a pace are taken. */
const taken = new Map<string, number>()

/**
 * Counts a try before it is made, so that tries at once count too. What is refused is not counted.
 * @throws Refusal `unavailable` after five tries for one key within a minute, or when its turn in one of the paces is too far away.
 */
export function countAttempt(key: string, paces: readonly Pace[] = [], now = Date.now()): Counted {
  forgetOld(now)
  const recent = attempts.get(key) ?? []
  const waitMs = Math.max(0, ...paces.map((pace) => waitFor(pace, now)))
  if (recent.length >= perKeyMax || waitMs > waitMaxMs) throw new Refusal('unavailable', 'Too many tries. Wait a minute, then try again.')
  attempts.set(key, [...recent, now])
  for (const pace of paces) taken.set(pace.key, (taken.get(pace.key) ?? now) + pace.everyMs)
  return {
    waitMs,
    giveBack: () => {
      attempts.delete(key)
      for (const pace of paces) taken.set(pace.key, (taken.get(pace.key) ?? 0) - pace.everyMs)
    },
  }
}

/** How long a try would wait for its turn in a pace; it takes none. */
export function waitFor(pace: Pace, now: number): number {
  return Math.max(0, (taken.get(pace.key) ?? now) - now - (pace.burst - 1) * pace.everyMs)
}

/** Keys come from whoever knocks: none is kept longer than it counts. */
function forgetOld(now: number) {
  for (const [key, times] of attempts) {
    const recent = times.filter((at) => at > now - windowMs)
    if (recent.length === 0) attempts.delete(key)
    else if (recent.length < times.length) attempts.set(key, recent)
  }
  for (const [key, until] of taken) if (until <= now) taken.delete(key)
}
