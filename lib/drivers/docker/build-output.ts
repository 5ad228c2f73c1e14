import type { ContainerName, StepIo } from '../driver.ts'
import { createLineCutter, type Line } from '../lines.ts'
import { onOurSide } from './engine.ts'

const runs = /^ ---> Running in [0-9a-f]{12}\n?$/
const layer = /^ ---> ([0-9a-f]{12})\n?$/
/** What follows was there before, and is whoever's made it. */
const borrows = /^Step \d+\/\d+ : FROM |^ ---> Using cache/i
const step = /^Step \d+\/\d+ : /
const ended = /^(Removing intermediate container [0-9a-f]{12}| ---> [0-9a-f]{12})\n?$/

/**
 * Sorts what the classic builder says: its own words are Davit's lines, what a command of the Dockerfile writes
 * is the build's. `note` is told each image that was made on the way.
 */
export function buildOutput(build: ContainerName, io: StepIo, note: (layer: string) => void) {
  const cutter = createLineCutter(0)
  let borrowed = false
  let source: ContainerName | 'davit' = 'davit'

  async function log(lines: Line[]): Promise<void> {
    for (const { text, position } of lines) {
      if (source === 'davit' && text.trim() === '') continue
      await onOurSide(io.line({ at: new Date(), stream: 'stdout', text, source, position: source === 'davit' ? 0 : position }))
    }
  }

  return {
    async push(text: string): Promise<void> {
      const made = layer.exec(text)?.[1]
      if (step.test(text)) borrowed = false
      borrowed ||= borrows.test(text)
      if (made !== undefined && !borrowed) note(made)
      if (ended.test(text)) {
        // What a command wrote last need not end with a newline.
        await log(cutter.end())
        source = 'davit'
      }
      await log(cutter.push(Buffer.from(text)))
      if (runs.test(text)) source = build
    },
    end: async () => await log(cutter.end()),
  }
}
