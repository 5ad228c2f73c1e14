import type { ContainerName, LogLine, StepIo } from '../driver.ts'
import { createLineCutter, type Line } from '../lines.ts'
import { onOurSide } from './engine.ts'

const runs = /^ ---> Running in [0-9a-f]{12}\n?$/
const layer = /^ ---> ([0-9a-f]{12})\n?$/
/** What follows was there before, and is whoever's made it. */
const borrows = /^Step \d+\/\d+ : FROM |^ ---> Using cache/i
const step = /^Step \d+\/\d+ : /
/** What a command writes to its stderr, each piece in a message of its own. */
const red = { before: '\u001b[91m', after: '\u001b[0m' }
const ended = /^(Removing intermediate container [0-9a-f]{12}| ---> [0-9a-f]{12})\n?$/

/**
 * Sorts what the classic builder says: its own words are Davit's lines, what a command of the Dockerfile writes
 * is the build's. `note` is told each image that was made on the way.
 */
export function buildOutput(build: ContainerName, io: StepIo, note: (layer: string) => void) {
  const cutters = { stdout: createLineCutter(0), stderr: createLineCutter(0) }
  let borrowed = false
  let source: ContainerName | 'davit' = 'davit'

  async function log(stream: LogLine['stream'], lines: Line[]): Promise<void> {
    for (const { text, position } of lines) {
      if (source === 'davit' && text.trim() === '') continue
      await onOurSide(io.line({ at: new Date(), stream, text, source, position: source === 'davit' ? 0 : position }))
    }
  }

  async function end(): Promise<void> {
    await log('stdout', cutters.stdout.end())
    await log('stderr', cutters.stderr.end())
  }

  return {
    async push(text: string): Promise<void> {
      const made = layer.exec(text)?.[1]
      if (step.test(text)) borrowed = false
      borrowed ||= borrows.test(text)
      if (made !== undefined && !borrowed) note(made)
      if (ended.test(text)) {
        // What a command wrote last need not end with a newline.
        await end()
        source = 'davit'
      }
      const isRed = text.startsWith(red.before) && text.endsWith(red.after)
      const stream = isRed ? 'stderr' : 'stdout'
      await log(stream, cutters[stream].push(Buffer.from(isRed ? text.slice(red.before.length, -red.after.length) : text)))
      if (runs.test(text)) source = build
    },
    end,
  }
}
