import type { LogLine } from '../drivers/driver.ts'
import { createMask, type Mask } from '../secret/mask.ts'

const LINE_BYTES_MAX = 64 * 1024
/** A driver that has cut the line already has put its mark behind it. */
const MARK_BYTES_MAX = 64
const LOG_BYTES_MAX = 1024 ** 3
const CUT_WORDS = `[the output is cut here: the log has reached ${LOG_BYTES_MAX} bytes; Davit's own lines go on]`
/** Written at once; less waits for the flusher. */
const BATCH_BYTES_MAX = 64 * 1024
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
  /** As a line of the log is stored: without secrets, not too long, and nothing in it that a text in Postgres cannot hold. */
  clean(text: string): string
  pendingBytes(): number
  /** Nobody will write what waits: whoever waits for room goes on. */
  abandon(): void
  write<T>(writer: (lines: PendingLine[]) => Promise<T>): Promise<T>
}

export function createLog(lastSeq: number, bytesSoFar: number, wake: (urgent: boolean) => void): OperationLog {
  const mask: Mask = createMask()
  let seq = lastSeq
  let bytes = bytesSoFar
  let pending: PendingLine[] = []
  let pendingBytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  let room = Promise.withResolvers<void>()
  let abandoned = false

  const clean = (text: string) => cut(mask.apply(text))

  function push(step: number | null, line: LogLine & { source: string }, position: number | null) {
    const text = clean(line.text)
    pending.push({ seq: ++seq, at: line.at, step, source: line.source, stream: line.stream, text, position })
    pendingBytes += text.length
    wake(pendingBytes > BATCH_BYTES_MAX)
  }

  return {
    say(step, text) {
      for (const part of text.split('\n')) push(step, { at: new Date(), stream: 'stdout', text: part, position: 0, source: 'davit' }, null)
    },
    async append(step, line) {
      if (bytes > LOG_BYTES_MAX) return
      bytes += Math.min(Buffer.byteLength(line.text), LINE_BYTES_MAX) + 1
      if (bytes > LOG_BYTES_MAX) return void push(step, { ...line, text: CUT_WORDS }, line.position)
      push(step, line, line.position)
      while (pendingBytes > PENDING_BYTES_MAX && !abandoned) await room.promise
    },
    hide: (values) => mask.add(values),
    clean,
    pendingBytes: () => pendingBytes,
    abandon() {
      abandoned = true
      room.resolve()
    },
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
  if (Buffer.byteLength(text) <= LINE_BYTES_MAX + MARK_BYTES_MAX) return text
  return `${Buffer.from(text).subarray(0, LINE_BYTES_MAX).toString('utf8')} [cut: the line has ${Buffer.byteLength(text)} bytes]`
}
