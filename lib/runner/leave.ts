import { setTimeout as pause } from 'node:timers/promises'
import { HandOver } from '../drivers/driver.ts'
import type { Desk, Ending } from './desk.ts'
import { flushRun, letGo } from './flush.ts'
import { StaleFence, throughOutages } from './outage.ts'

/** After the drain's limit, for what was told to let go to do so; then the process ends with it. */
const LET_GO_MS = 1000
/** What a defect leaves the other operations to reach a boundary. */
const FAIL_DRAIN_MS = 5000

export function stop(desk: Desk, why: Ending): void {
  if (desk.state === 'dead') return
  desk.state = 'dead'
  desk.lease.stop()
  for (const run of desk.runs.values()) letGo(run, new StaleFence(run.claimed.id))
  desk.woken.resolve()
  desk.done.resolve(why)
}

/**
 * Something happened that nobody foresaw, and one operation has to be left as it is. The others are handed
 * over, so that they do not count a death that was not theirs; then the process ends, loudly.
 */
export function fail(desk: Desk, error: unknown): void {
  if (desk.state === 'dead') return
  console.error(error)
  if (desk.state === 'failing') return
  desk.state = 'failing'
  void leave(desk, FAIL_DRAIN_MS, 'defect')
}

export async function drain(desk: Desk, limitMs: number): Promise<void> {
  if (desk.state !== 'live') return
  desk.state = 'draining'
  void markAs(desk, 'draining')
  await leave(desk, limitMs, 'drained')
}

async function leave(desk: Desk, limitMs: number, ending: Ending): Promise<void> {
  for (const run of desk.runs.values()) {
    run.draining = true
    if (run.running?.handsOver) run.letGo.abort(new HandOver())
  }
  const limit = setTimeout(() => desk.runs.forEach((run) => letGo(run, new HandOver())), limitMs)
  const over = new AbortController()
  const tooLate = pause(limitMs + LET_GO_MS, undefined, { signal: over.signal }).catch(() => {})
  let late = false
  void tooLate.then(() => (late = true))
  while (desk.runs.values().some((run) => !run.deaf) && desk.kit.alive() && !late) await Promise.race([desk.woken.promise, tooLate])
  clearTimeout(limit)
  over.abort()
  if (!desk.kit.alive()) return
  // What they said last: the next owner's lines come after it.
  await Promise.race([Promise.all([...desk.runs.values()].map((run) => flushRun(desk, run))), pause(LET_GO_MS, undefined, { ref: false })])
  // What did not let go is not free before this process has ended: then its lease runs out, or its successor takes its name.
  if (desk.runs.size === 0) await markAs(desk, ending === 'defect' ? 'dead' : 'stopped')
  await Promise.all(desk.listening.map((one) => one.unlisten())).catch(() => {})
  stop(desk, ending)
  if (desk.parts.ownsPools) await Promise.all([desk.kit.sql.end({ timeout: 1 }), desk.parts.heartbeat.end({ timeout: 1 })])
}

/** In an outage of the db this is not waited for: a lease that is not renewed says the same, later. */
async function markAs({ parts, kit }: Desk, state: 'draining' | 'stopped' | 'dead'): Promise<void> {
  const gaveUpAt = performance.now() + LET_GO_MS
  await throughOutages(
    () => kit.sql`update runners set state = ${state} where id = ${parts.id} and state in ('live', 'draining')`,
    () => kit.alive() && performance.now() < gaveUpAt,
  ).catch(() => {})
}
