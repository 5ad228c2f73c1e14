import type { ContainerName, StepIo } from '../driver.ts'
import { createLineCutter, type Line } from '../lines.ts'
import { onOurSide } from './engine.ts'

const runs = /^ ---> Running in [0-9a-f]{12}\n?$/
const layer = /^ ---> ([0-9a-f]{12})\n?$/
const ended = /^(Removing intermediate container [0-9a-f]{12}| ---> [0-9a-f]{12})\n?$/

/** Sorts what the classic builder says: its own words are Davit's lines, what a command of the Dockerfile writes is the build's. */
export function buildOutput(build: ContainerName, io: StepIo) {
  const cutter = createLineCutter(0)
  const layers: string[] = []
  let source: ContainerName | 'davit' = 'davit'

  async function log(lines: Line[]): Promise<void> {
    for (const { text, position } of lines) {
      if (source === 'davit' && text.trim() === '') continue
      await onOurSide(io.line({ at: new Date(), stream: 'stdout', text, source, position: source === 'davit' ? 0 : position }))
    }
  }

  return {
    /** The images between the first and the last one, oldest first. */
    layers: () => layers,
    async push(text: string): Promise<void> {
      const made = layer.exec(text)?.[1]
      if (made !== undefined) layers.push(made)
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
