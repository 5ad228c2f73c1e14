import type { Driver, LogLine } from '../drivers/driver.ts'

const linesMax = 2000
/** The output has been read up to now when nothing has come for this long. */
const idleMs = 250
const overallMs = 4000

/** The last lines written since a position, and the position to go on from; it does not wait for more to come. */
export async function readContainerLog(driver: Driver, name: string, from: number) {
  const stop = new AbortController()
  let idle = setTimeout(() => stop.abort(), idleMs)
  const overall = setTimeout(() => stop.abort(), overallMs)
  const lines: LogLine[] = []
  let position = from
  try {
    for await (const line of driver.logs({ name }, from, stop.signal)) {
      lines.push(line)
      position = line.position
      if (lines.length > linesMax * 2) lines.splice(0, linesMax)
      clearTimeout(idle)
      idle = setTimeout(() => stop.abort(), idleMs)
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(idle)
    clearTimeout(overall)
  }
  return { lines: lines.slice(-linesMax).map(({ at, stream, text, position: end }) => ({ at: at.toISOString(), stream, text: text.slice(0, 4000), position: end })), position }
}
