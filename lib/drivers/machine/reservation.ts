import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import { readIfThere } from './atomic-file.ts'
import type { Locks } from './lock.ts'

export interface NumberRange {
  first: number
  last: number
}

export interface Reservations {
  /** A free number for that holder, a folder, until released or until the folder is gone; `usable` says no to numbers that others use. */
  take(holder: string, usable: (number: number) => Promise<boolean>): Promise<number>
  release(number: number): void
}

/** Numbers of a range, each held by at most one holder on this machine: one file per number, made exclusively. */
export function openReservations(folder: string, range: NumberRange, what: string, locks: Locks): Reservations {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const size = range.last - range.first + 1
  // Each process starts looking elsewhere, so that runners seldom meet.
  let next = Math.floor(Math.random() * size)

  return {
    async take(holder, usable) {
      for (let tried = 0; tried < size; tried++) {
        const number = range.first + (next++ % size)
        if (!claim(join(folder, String(number)), holder)) continue
        if (await usable(number)) return number
        rmSync(join(folder, String(number)), { force: true })
      }
      if (await locks.alone(what, 10_000, async () => releaseAbandoned(folder))) return await this.take(holder, usable)
      throw new Refusal('conflict', `All ${size} ${what} from ${range.first} to ${range.last} are taken; widen the range in the config.`)
    },
    release: (number) => rmSync(join(folder, String(number)), { force: true }),
  }
}

/** Left by a runner that died between its reservation and its note of it. True when there was any. */
function releaseAbandoned(folder: string): boolean {
  const paths = readdirSync(folder).map((number) => join(folder, number))
  const abandoned = paths.filter((path) => !existsSync(readFileSync(path, 'utf8')))
  for (const path of abandoned) rmSync(path, { force: true })
  return abandoned.length > 0
}

export interface Uids {
  /** The uid of that holder, the same until it is released. */
  of(holder: string): Promise<number>
  release(holder: string): Promise<void>
}

/**
 * One file per uid, which names the holder; an empty one was released. Such a uid is handed on only when no
 * other is left, as files of its former holder may lie about in places that are nobody's.
 */
export function openUids(folder: string, range: NumberRange, locks: Locks): Uids {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const known = new Map<string, number>()
  return {
    async of(holder) {
      const before = known.get(holder)
      // Another process may have released it.
      if (before !== undefined && readIfThere(join(folder, String(before))) === holder) return before
      const uid = await locks.alone('uids', 10_000, async () => lookUpUid(folder, holder) ?? assignUid(folder, range, holder))
      known.set(holder, uid)
      return uid
    },
    release: (holder) =>
      locks.alone('uids', 10_000, async () => {
        const uid = lookUpUid(folder, holder)
        if (uid !== null) writeFileSync(join(folder, String(uid)), '')
      }),
  }
}

function lookUpUid(folder: string, holder: string): number | null {
  const uid = readdirSync(folder).find((name) => readFileSync(join(folder, name), 'utf8') === holder)
  return uid === undefined ? null : Number(uid)
}

function assignUid(folder: string, range: NumberRange, holder: string): number {
  for (let uid = range.first; uid <= range.last; uid++) if (claim(join(folder, String(uid)), holder)) return uid
  const uid = released(folder).find((one) => one >= range.first && one <= range.last)
  if (uid === undefined) throw new Refusal('conflict', `All uids from ${range.first} to ${range.last} are taken; widen DAVIT_UIDS.`)
  writeFileSync(join(folder, String(uid)), holder)
  return uid
}

/** Longest first. */
function released(folder: string): number[] {
  const files = readdirSync(folder).map((name) => ({ uid: Number(name), file: statSync(join(folder, name)) }))
  return files.filter(({ file }) => file.size === 0).sort((a, b) => a.file.mtimeMs - b.file.mtimeMs).map(({ uid }) => uid)
}

function claim(path: string, holder: string): boolean {
  try {
    writeFileSync(path, holder, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
