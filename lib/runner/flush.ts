import type { Desk } from './desk.ts'
import { flushLines } from './journal.ts'
import { isStale, throughOutages } from './outage.ts'
import type { Run } from './run.ts'

const FLUSH_MS = 50

export function flushSoon(desk: Desk, urgent: boolean): void {
  if (!urgent) {
    desk.flushAt ??= setTimeout(() => flush(desk), FLUSH_MS)
    return
  }
  clearTimeout(desk.flushAt)
  desk.flushAt = setTimeout(() => flush(desk), 0)
}

/** Each operation's lines go their own way: one that is locked holds up no other. */
function flush(desk: Desk): void {
  desk.flushAt = undefined
  for (const run of desk.runs.values()) {
    if (run.log.pendingBytes() > 0) void flushRun(desk, run)
  }
}

/** Resolves once every line that has been said by now is in the db. */
export async function writeWaiting({ kit, claimed, log }: Run): Promise<void> {
  await log.write(async (lines) => {
    if (lines.length === 0) return
    await throughOutages(() => flushLines(kit.sql, claimed, lines), kit.alive)
    kit.hint('davit_logs', claimed.id)
  })
}

export async function flushRun({ kit }: Desk, run: Run): Promise<void> {
  try {
    await writeWaiting(run)
  } catch (error) {
    // Whoever owns it now writes its log; what waits here was not yet anybody's.
    if (isStale(error)) letGo(run, error)
    else if (kit.alive()) kit.fail(error)
  }
}

export function letGo(run: Run, why: unknown): void {
  run.letGo.abort(why)
  run.log.abandon()
}
