import { join } from 'node:path'
import type { PullRequest, StepIo } from '../driver.ts'
import { readIfThere, writeAtomically } from './atomic-file.ts'
import type { Local } from './open.ts'

/** How long one pull waits for another of the same owner. */
const pullLimitMs = 30 * 60_000

/**
 * One pull of an owner at a time. Names are made from operations, so a lock that was taken under our own
 * name is held by a runner that has lost this operation and sleeps: it is not waited for, a new lock takes
 * its place, and that runner will see by its guard that it has nothing to say any more.
 */
export async function inTurn<Result>(local: Local, { owner, name }: PullRequest, io: StepIo, run: () => Promise<Result>): Promise<Result> {
  const last = lastTurn(local, owner.id)
  const stale = last.name === name && local.imageLocks.isHeld(lockOf(owner.id, last.turn))
  const turn = stale ? last.turn + 1 : last.turn
  const hold = async () => {
    writeAtomically(turnPath(local, owner.id), JSON.stringify({ name, turn }))
    return await run()
  }
  return await local.imageLocks.alone(lockOf(owner.id, turn), pullLimitMs, hold, io.signal)
}

/** Between two pulls of an owner; null when one is under way. */
export async function betweenTurns<Result>(local: Local, owner: number, run: () => Promise<Result>): Promise<Result | null> {
  return await local.imageLocks.aloneIfFree(lockOf(owner, lastTurn(local, owner).turn), run)
}

/** The same for what takes a while: under a name of its own, so that the next pull waits for it, whosever turn was the last. */
export async function inFreeTurn<Result>(local: Local, owner: number, run: () => Promise<Result>): Promise<Result | null> {
  return await betweenTurns(local, owner, async () => {
    writeAtomically(turnPath(local, owner), JSON.stringify({ name: null, turn: lastTurn(local, owner).turn }))
    return await run()
  })
}

function turnPath(local: Local, owner: number): string {
  return join(local.folder, 'git', `${owner}-turn`)
}

function lastTurn(local: Local, owner: number): { name: string | null; turn: number } {
  return JSON.parse(readIfThere(turnPath(local, owner)) ?? '{"name":null,"turn":0}') as { name: string | null; turn: number }
}

function lockOf(owner: number, turn: number): string {
  return `image of ${owner}, turn ${turn}`
}
