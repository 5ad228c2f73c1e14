import type { LogPosition } from './driver.ts'

export const lineBytesMax = 65_536
const cutMark = ' … [line cut at 64 KB]'
const newline = 10

export interface Line {
  text: string
  /** Just after this line. */
  position: LogPosition
}

export interface LineCutter {
  push(chunk: Buffer): Line[]
  /** What stands after the last newline, when there is any. */
  end(): Line[]
}

/** Cuts a stream of bytes into lines. Holds at most one line of 64 KB; what goes beyond is left out, and marked. */
export function createLineCutter(from: LogPosition): LineCutter {
  let position = from
  let open: Buffer[] = []
  let kept = 0
  let cut = false

  function keep(piece: Buffer): void {
    const room = piece.subarray(0, lineBytesMax - kept)
    if (room.length > 0) open.push(room)
    kept += room.length
    cut ||= room.length < piece.length
    position += piece.length
  }

  function close(): Line {
    const line = { text: asText(Buffer.concat(open), cut), position }
    open = []
    kept = 0
    cut = false
    return line
  }

  return {
    push(chunk) {
      const lines: Line[] = []
      let start = 0
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
        keep(chunk.subarray(start, end))
        position += 1
        lines.push(close())
        start = end + 1
      }
      keep(Buffer.from(chunk.subarray(start)))
      return lines
    },
    end: () => (kept > 0 || cut ? [close()] : []),
  }
}

function asText(bytes: Buffer, cut: boolean): string {
  // Postgres keeps no NUL in a text; a character cut in half is left out.
  const text = bytes.toString('utf8').replaceAll('\0', '\uFFFD')
  return cut ? text.replace(/\uFFFD$/, '') + cutMark : text.replace(/\r$/, '')
}
