import type { Sql } from '../db/client.ts'
import { type Answer, answerTo, transition } from './journal.ts'
import { isOutage } from './outage.ts'
import { type Entry, writeEntries } from './write-entries.ts'

/** Writes one transition, safe to repeat; rejects as `transition` does. */
export type GroupCommit = (entry: Entry) => Promise<Answer>

const LANES = 2

interface Waiting extends PromiseWithResolvers<Answer> {
  entry: Entry
}

/**
 * The transitions of a runner's operations, written together: what comes in while one commit is under way shares the
 * next. Nobody waits for anybody's lock: an entry that would have to is passed over, and goes on its own way. An
 * operation has one transition under way at a time (see `OperationLog.write`), so a group is no larger than the
 * runner has slots.
 */
export function commitInGroups(sql: Sql): GroupCommit {
  let waiting: Waiting[] = []
  let writing = 0

  async function writeAll() {
    writing++
    for (;;) {
      // Those who were answered just now join with what comes next.
      await new Promise(setImmediate)
      if (waiting.length === 0) break
      const group = waiting
      waiting = []
      await writeGroup(sql, group)
    }
    writing--
  }

  return (entry) => {
    const one = { entry, ...Promise.withResolvers<Answer>() }
    waiting.push(one)
    if (writing < LANES) void writeAll()
    return one.promise
  }
}

async function writeGroup(sql: Sql, group: Waiting[]): Promise<void> {
  try {
    const verdicts = await writeEntries(sql, group.map(({ entry }) => entry), 'pass over')
    for (const one of group) {
      const verdict = verdicts.get(one.entry.owned.id)
      if (verdict === undefined) alone(sql, one)
      else one.resolve(answerTo(sql, one.entry, verdict))
    }
  } catch (error) {
    // What one of them asked for cannot be written, and the others have nothing to do with it.
    for (const one of group) isOutage(error) ? one.reject(error) : alone(sql, one)
  }
}

function alone(sql: Sql, { entry, resolve }: Waiting): void {
  resolve(transition(sql, entry.owned, entry.change, entry.lines))
}
