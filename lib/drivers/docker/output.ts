import { Readable } from 'node:stream'
import type { ContainerName, LogLine, LogPosition } from '../driver.ts'
import { createLineCutter } from '../lines.ts'
import { unlessAbsent, type Waiting } from './engine.ts'
import { lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'
import { comingMessages } from './output-coming.ts'
import { frames, headerBytes, messages, type Message } from './output-messages.ts'

const lostMark = '… [lines were lost here: more was written than is kept before it was read]'

/**
 * What one container may write to the engine's disk, half of which goes when it is full. It is the kind whose
 * times are known for each line: all that the engine can seek to.
 */
export function logConfig({ outputBytesMax }: DockerStack) {
  return { Type: 'json-file', Config: { 'max-size': `${Math.ceil(outputBytesMax / 2)}`, 'max-file': '2' } }
}

/**
 * Line by line from a position; ends with the container, also over an absence of the engine. What there is and what
 * comes are read in turn: of a look at what there is, the engine leaves nothing out, and only there it is known what is gone.
 */
export async function* readOutput(stack: DockerStack, name: ContainerName, from: LogPosition, io: Waiting): AsyncGenerator<LogLine> {
  let position = from
  for (let follow = false; !io.signal.aborted; follow = !follow) {
    // Asked before the read: what was written before the end is then read for certain.
    const found = await lookUp(stack, name, io)
    if (found === null) return
    const { running } = found.state
    for await (const line of readOnce(stack, found.id, position, { running, follow: running && follow }, io)) {
      position = line.position
      yield line
    }
    if (!running) return
  }
}

/** A last line without an end counts once the container has ended. */
async function* readOnce(stack: DockerStack, id: string, from: LogPosition, { running, follow }: { running: boolean; follow: boolean }, io: Waiting): AsyncGenerator<LogLine> {
  const cutter = createLineCutter(0)
  let last: Omit<Message, 'bytes'> = { at: new Date(), stream: 'stdout', position: from }
  let known = from === 0
  for await (const { bytes, ...message } of follow ? comingMessages(stack, id, from, io) : messages(stack, id, { from, follow: false }, io)) {
    known ||= message.position <= from
    if (message.position <= from) continue
    if (!known) yield { ...message, stream: 'stdout', text: lostMark, position: message.position - 1 }
    known = true
    last = message
    // A message holds one line, or a part of one.
    for (const { text } of cutter.push(bytes)) yield { ...last, text }
  }
  if (!running) for (const { text } of cutter.end()) yield { ...last, text }
}

export async function lastLines(stack: DockerStack, name: ContainerName, count: number, io: Waiting | null): Promise<string[]> {
  const found = await lookUp(stack, name, io)
  if (found === null) return []
  const options = { follow: false, stdout: true, stderr: true, tail: count } as const
  const bytes = await stack.engine.ask(io, (abortSignal) => unlessAbsent(stack.engine.docker.getContainer(found.id).logs({ ...options, abortSignal })))
  const cutter = createLineCutter(0)
  const lines = []
  for await (const frame of frames(Readable.from(Buffer.isBuffer(bytes) ? [bytes] : []))) lines.push(...cutter.push(frame.subarray(headerBytes)))
  return [...lines, ...cutter.end()].slice(-count).map((line) => line.text)
}
