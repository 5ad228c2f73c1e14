import type { LogLine } from '../drivers/driver.ts'
import { createMask, type Mask } from './mask.ts'

const LINE_BYTES_MAX = 64 * 1024
const LOG_BYTES_MAX = 1024 ** 3
/** Above this a step's output waits for the db: back-pressure instead of memory. */
const PENDING_BYTES_MAX = 256 * 1024

export interface PendingLine {
  seq: number
  at: Date
  step: number | null
  source: string
  stream: string
  text: string
  position: number | null
}

/**
 * The log of one operation while this runner owns it: one seq, in order. Lines wait here until the
 * journal or the flusher writes them; `write` runs one writer at a time, because a reader that has seen
 * seq 6 never looks for 5 again.
 */
export interface OperationLog {
  /** A line of Davit's own. */
  say(step: number | null, text: string): void
  /** A container's line; resolves when there is room for the next. */
  append(step: number, line: LogLine & { source: string }): Promise<void>
  hide(values: string[]): void
  pendingBytes(): number
  write<T>(writer: (lines: PendingLine[]) => Promise<T>): Promise<T>
}

export function createLog(lastSeq: number, bytesSoFar: number, wake: () => void): OperationLog {
  const mask: Mask = createMask()
  let seq = lastSeq
  let bytes = bytesSoFar
  let pending: PendingLine[] = []
  let pendingBytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  let room = Promise.withResolvers<void>()

  function push(step: number | null, line: LogLine & { source: string }, position: number | null) {
    if (bytes > LOG_BYTES_MAX) return
    let text = cut(mask.apply(line.text.replaceAll('\0', '�')))
    bytes += Buffer.byteLength(text) + 1
    if (bytes > LOG_BYTES_MAX) text = `[the log is cut here: it has reached ${LOG_BYTES_MAX} bytes]`
    pending.push({ seq: ++seq, at: line.at, step, source: line.source, stream: line.stream, text, position })
    pendingBytes += text.length
    wake()
  }

  return {
    say(step, text) {
      for (const part of text.split('\n')) push(step, { at: new Date(), stream: 'stdout', text: part, position: 0, source: 'davit' }, null)
    },
    async append(step, line) {
      push(step, line, line.position)
      while (pendingBytes > PENDING_BYTES_MAX) await room.promise
    },
    hide: (values) => mask.add(values),
    pendingBytes: () => pendingBytes,
    write(writer) {
      const turn = writing.then(async () => {
        const lines = pending
        pending = []
        try {
          const result = await writer(lines)
          pendingBytes = pending.reduce((sum, line) => sum + line.text.length, 0)
          room.resolve()
          room = Promise.withResolvers<void>()
          return result
        } catch (error) {
          pending = [...lines, ...pending]
          throw error
        }
      })
      writing = turn.catch(() => {})
      return turn
    },
  }
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= LINE_BYTES_MAX) return text
  return `${Buffer.from(text).subarray(0, LINE_BYTES_MAX).toString('utf8')} [cut: the line has ${Buffer.byteLength(text)} bytes]`
}
