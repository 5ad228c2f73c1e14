import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

let writes = 0

/** Whole or not at all, also for a reader at the same moment. Mode 0600. */
export function writeAtomically(path: string, text: string, { flush = false } = {}): void {
  const draft = `${path}.${process.pid}-${writes++}`
  writeFileSync(draft, text, { mode: 0o600, flush })
  renameSync(draft, path)
}

/** The same, and there also after a power cut. */
export function writeDurably(path: string, text: string): void {
  writeAtomically(path, text, { flush: true })
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** What stands there instead of a file that could be read whole. */
export class Unreadable extends Error {
  readonly found: 'link' | 'no file' | 'too large'
  readonly bytes: number

  constructor(found: Unreadable['found'], bytes = 0) {
    super(found)
    this.found = found
    this.bytes = bytes
  }
}

/**
 * Reads a file that an app may have put there: follows no link, waits at no pipe, reads at most `bytesMax`.
 * Null when there is nothing; throws Unreadable when there is something else.
 */
export function readUntrusted(path: string, bytesMax: number): string | null {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    if (code === 'ELOOP') throw new Unreadable('link')
    if (code === 'ENXIO') throw new Unreadable('no file')
    throw error
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) throw new Unreadable('no file')
    if (stat.size > bytesMax) throw new Unreadable('too large', stat.size)
    const bytes = Buffer.alloc(bytesMax)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytesMax, 0))
  } finally {
    closeSync(file)
  }
}
