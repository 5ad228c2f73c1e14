import { closeSync, openSync, readSync, fstatSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { LogLine, LogPosition } from '../driver.ts'
import { createLineCutter, type Line } from '../lines.ts'
import { outputStart } from './trim.ts'

const chunkBytes = 65_536
/** How far the last lines are looked for. */
const lookBackBytes = 2 * chunkBytes
const pollMs = 25

/** Line by line from a position; ends once `running` says no and all is read, or when the signal aborts. */
export async function* readOutput(path: string, from: LogPosition, running: () => boolean, signal: AbortSignal): AsyncGenerator<LogLine> {
  const file = openIfThere(path)
  if (file === null) return
  try {
    let cutter = createLineCutter(from)
    const chunk = Buffer.alloc(chunkBytes)
    for (let position = from; !signal.aborted; ) {
      const start = outputStart(path)
      if (position < start) {
        yield gone(start - position, start)
        position = start
        cutter = createLineCutter(start)
      }
      // Asked before the read: what was written before the end is then read for certain.
      const goesOn = running()
      const bytes = readSync(file, chunk, 0, chunkBytes, position)
      position += bytes
      yield* asLogLines(cutter.push(chunk.subarray(0, bytes)))
      if (bytes > 0) continue
      if (!goesOn) return yield* asLogLines(cutter.end())
      await pauseUnlessAborted(signal)
    }
  } finally {
    closeSync(file)
  }
}

export function lastLines(path: string, count: number): string[] {
  const file = openIfThere(path)
  if (file === null) return []
  try {
    const chunk = Buffer.alloc(lookBackBytes)
    const from = Math.max(0, fstatSync(file).size - chunk.length)
    const cutter = createLineCutter(from)
    const bytes = readSync(file, chunk, 0, chunk.length, from)
    const lines = [...cutter.push(chunk.subarray(0, bytes)), ...cutter.end()]
    // Of a half line a half secret might be shown, which nothing masks.
    if (from > 0) lines.splice(0, 1, ...(lines.length > 1 ? [] : [{ text: '… [a line that is longer than what is shown]', position: from }]))
    return lines.slice(-count).map((line) => line.text)
  } finally {
    closeSync(file)
  }
}

function gone(bytes: number, position: number): LogLine {
  return { at: new Date(), stream: 'stdout', text: `… [${bytes} bytes of older output are gone]`, position }
}

/** Both streams go into one file, which keeps their order; which was which is not known any more. */
function asLogLines(lines: Line[]): LogLine[] {
  const at = new Date()
  return lines.map((line) => ({ at, stream: 'stdout', ...line }))
}

async function pauseUnlessAborted(signal: AbortSignal): Promise<void> {
  try {
    await pause(pollMs, undefined, { signal })
  } catch {
    // The reader has left; the loop sees it.
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
