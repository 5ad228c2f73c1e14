import pLimit, { type LimitFunction as Limit } from 'p-limit'
import type { Sql } from '../db/client.ts'
import { isOutage } from '../db/outage.ts'
import { type Answer, answerTo, transition } from './journal.ts'
import { type Entry, writeEntries } from './write-entries.ts'

/** While one commit waits for the disk, another is prepared. */
const COMMITS_AT_ONCE = 2

/** So many wait for locks, each on a connection of its own: the rest of the pool is for those who need not wait. */
const WAITING_AT_ONCE = 4

/** Writes one transition, safe to repeat; rejects as `transition` does. */
export type GroupCommit = (entry: Entry) => Promise<Answer>

interface Waiting extends PromiseWithResolvers<Answer> {
  entry: Entry
}

/**
 * The transitions of a runner's operations, written together: what comes in while a commit is under way shares the
 * next. Nobody waits for anybody's lock: an entry that would have to is passed over, and goes its own way. An
 * operation has one transition under way at a time (see `OperationLog.write`), so no group is larger than the runner
 * has slots.
 */
export function commitInGroups(sql: Sql): GroupCommit {
  let waiting: Waiting[] = []
  let writers = 0
  const alone = pLimit(WAITING_AT_ONCE)

  async function writeWhatWaits() {
    writers++
    // Those who are answered at the same moment go on at the same moment, and belong into one group.
    for (await nextTurn(); waiting.length > 0; await nextTurn()) {
      const group = waiting
      waiting = []
      await writeGroup(sql, group, alone)
    }
    writers--
  }

  return (entry) => {
    // Whoever cancels waits for nobody else's commit.
    if (entry.change.rollBack) return transition(sql, entry.owned, entry.change, entry.lines)
    const one = { entry, ...Promise.withResolvers<Answer>() }
    waiting.push(one)
    if (writers < COMMITS_AT_ONCE) void writeWhatWaits()
    return one.promise
  }
}

const nextTurn = () => new Promise(setImmediate)

async function writeGroup(sql: Sql, group: Waiting[], alone: Limit): Promise<void> {
  const writeAlone = ({ entry, resolve }: Waiting) => resolve(alone(() => transition(sql, entry.owned, entry.change, entry.lines)))
  try {
    const verdicts = await writeEntries(sql, group.map(({ entry }) => entry), 'pass over')
    for (const one of group) {
      const verdict = verdicts.get(one.entry.owned.id)
      if (verdict === undefined) writeAlone(one)
      else one.resolve(answerTo(sql, one.entry, verdict))
    }
  } catch (error) {
    for (const one of group) {
      if (isOutage(error)) one.reject(error)
      // One of them cannot be written, and the others have nothing to do with that.
      else writeAlone(one)
    }
  }
}
