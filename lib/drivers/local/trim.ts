import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { promisify } from 'node:util'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import { punchHole } from './commands.ts'

const blockBytes = 4096

/** Where an output begins; before it there is nothing any more. */
export function outputStart(path: string): number {
  return Number(readIfThere(`${path}-start`) ?? 0)
}

/**
 * Gives back the disk space of the older part of an output, so that it never takes much more than
 * `bytesMax`. The file keeps its size, with a hole at its head: positions stay true, and the writers,
 * which nobody can ask to pause, lose nothing. Needs Linux; elsewhere an output keeps growing.
 */
export async function trimOutput(path: string, bytesMax: number): Promise<void> {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined || file.blocks * 512 <= bytesMax || process.platform !== 'linux') return
  const start = Math.floor((file.size - bytesMax / 2) / blockBytes) * blockBytes
  if (start <= outputStart(path)) return
  // Before the hole, so that no reader takes it for output.
  writeAtomically(`${path}-start`, String(start))
  const [program, ...args] = punchHole(path, start)
  await promisify(execFile)(program, args, { timeout: 30_000 })
}
