import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'

const files = 1024
const sqliteBusy = 5

/** A start takes milliseconds, an end at most the kernel's own time; whoever holds a name longer than this is stuck. */
export const nameLimitMs = 45_000

export interface Locks {
  /** Runs alone among all processes of this machine. The kernel frees the lock of a process that dies. */
  alone<Result>(name: string, limitMs: number, run: () => Promise<Result>, signal?: AbortSignal): Promise<Result>
  /** The same without waiting; null when another has it. */
  aloneIfFree<Result>(name: string, run: () => Promise<Result>): Promise<Result | null>
  isHeld(name: string): boolean
}

/** Alone with that name for a short hold; with no name, not alone with anything. */
export async function aloneIfNamed<Result>(locks: Locks, name: string | undefined, signal: AbortSignal, run: () => Promise<Result>): Promise<Result> {
  return name === undefined ? await run() : await locks.alone(name, nameLimitMs, run, signal)
}

/**
 * File locks by way of SQLite, as Node has no flock. The files are never removed, since whoever still
 * waits on a removed one would hold a lock that nobody else sees; hence a bounded number of them. Names
 * may share one, so nobody takes two locks of the same folder at once.
 */
export function openLocks(folder: string): Locks {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string) => join(folder, String(createHash('sha256').update(name).digest().readUInt32BE() % files))
  return {
    async alone(name, limitMs, run, signal) {
      const lock = await acquire(pathOf(name), name, limitMs, signal)
      try {
        return await run()
      } finally {
        lock.close()
      }
    },
    async aloneIfFree(name, run) {
      const lock = lookUpLock(pathOf(name))
      if (lock === null) return null
      try {
        return await run()
      } finally {
        lock.close()
      }
    },
    isHeld(name) {
      const lock = lookUpLock(pathOf(name))
      lock?.close()
      return lock === null
    },
  }
}

async function acquire(path: string, name: string, limitMs: number, signal?: AbortSignal): Promise<DatabaseSync> {
  const until = performance.now() + limitMs
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    const lock = lookUpLock(path)
    if (lock !== null) return lock
    if (performance.now() >= until) throw new Refusal('unavailable', `Another runner is still busy with ${name}; try again when it has finished.`)
    await pause(wait * (0.5 + Math.random()))
    signal?.throwIfAborted()
  }
}

/** Null while another has it. */
function lookUpLock(path: string): DatabaseSync | null {
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === sqliteBusy) return null
    throw error
  }
}
