import { Refusal } from '../refusal.ts'

const windowMs = 60_000
const perKeyMax = 5
const overallMax = 100
/** Keys come from whoever knocks: the map must not grow with them. */
const keysMax = 10_000

const attempts = new Map<string, number[]>()

/**
 * Counts a try before it is made, so that tries at once count too. The one web process keeps the count.
 * @throws Refusal `unavailable` after five tries for one key, or a hundred in all of those
 * among whom it is counted, within a minute.
 */
export function countAttempt(key: string, now = Date.now(), among: 'strangers' | 'known devices' = 'strangers'): void {
  if (attempts.size > keysMax) attempts.clear()
  const recent = (name: string) => (attempts.get(name) ?? []).filter((at) => at > now - windowMs)
  const ofKey = recent(key)
  const all = recent(among)
  if (ofKey.length >= perKeyMax || all.length >= overallMax) throw new Refusal('unavailable', 'Too many tries. Wait a minute, then try again.')
  attempts.set(key, [...ofKey, now])
  attempts.set(among, [...all, now])
}

export function forgetAttempts(key: string): void {
  attempts.delete(key)
}
