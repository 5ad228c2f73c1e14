import { join } from 'node:path'
import type { PullRequest, StepIo } from './driver.ts'
import { readIfThere, writeAtomically } from './machine/atomic-file.ts'
import type { Locks } from './machine/lock.ts'

/** What turns are kept in: locks, and a folder with a place for their numbers. */
export interface Turns {
  folder: string
  imageLocks: Locks
}

/** How long one pull waits for another of the same owner. */
const pullLimitMs = 30 * 60_000

/**
 * One pull of an owner at a time. Names are made from operations, so a lock that was taken under our own
 * name is held by a runner that has lost this operation and sleeps: it is not waited for, a new lock takes
 * its place, and that runner will see by its guard that it has nothing to say any more.
 */
export async function inTurn<Result>(turns: Turns, { owner, name }: PullRequest, io: StepIo, run: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const last = lastTurn(turns, owner.id)
    const stale = last.name === name && turns.imageLocks.isHeld(lockOf(owner.id, last.turn))
    const turn = stale ? last.turn + 1 : last.turn
    const hold = async () => {
      // Whoever has waited may have been overtaken by the turn that took this one's place.
      if (lastTurn(turns, owner.id).turn > turn) return null
      writeAtomically(turnPath(turns, owner.id), JSON.stringify({ name, turn }))
      return { result: await run() }
    }
    const held = await turns.imageLocks.alone(lockOf(owner.id, turn), pullLimitMs, hold, io.signal)
    if (held) return held.result
  }
}

/** Between two pulls of an owner; null when one is under way. */
export async function betweenTurns<Result>(turns: Turns, owner: number, run: () => Promise<Result>): Promise<Result | null> {
  const { turn } = lastTurn(turns, owner)
  return await turns.imageLocks.aloneIfFree(lockOf(owner, turn), async () => (lastTurn(turns, owner).turn === turn ? await run() : null))
}

/** The same for what takes a while: under a name of its own, so that the next pull waits for it, whosever turn was the last. */
export async function inFreeTurn<Result>(turns: Turns, owner: number, run: () => Promise<Result>): Promise<Result | null> {
  return await betweenTurns(turns, owner, async () => {
    writeAtomically(turnPath(turns, owner), JSON.stringify({ ...lastTurn(turns, owner), name: null }))
    return await run()
  })
}

/** Between two pulls, and only of what nobody needs; false where it was left. */
export async function discardUnless(turns: Turns, owner: number, isNeeded: () => Promise<boolean>, discard: () => Promise<void>): Promise<boolean> {
  const discarded = await betweenTurns(turns, owner, async () => {
    if (await isNeeded()) return false
    await discard()
    return true
  })
  return discarded ?? false
}

function turnPath(turns: Turns, owner: number): string {
  return join(turns.folder, 'git', `${owner}-turn`)
}

function lastTurn(turns: Turns, owner: number): { name: string | null; turn: number } {
  return JSON.parse(readIfThere(turnPath(turns, owner)) ?? '{"name":null,"turn":0}') as { name: string | null; turn: number }
}

function lockOf(owner: number, turn: number): string {
  return `image of ${owner}, turn ${turn}`
}
