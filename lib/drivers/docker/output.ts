import type { Readable } from 'node:stream'
import type { ContainerName, LogLine, LogPosition } from '../driver.ts'
import { createLineCutter } from '../lines.ts'
import { isAway, unlessAbsent, type Waiting } from './engine.ts'
import { lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'

const headerBytes = 8
const newline = 10
/** Among so many of the last messages one is found again; as often may a file be full while somebody reads. */
const recentMax = 4096

/** How far back a reader looks for the line it goes on after; a clock that was put back by more would cost it lines. */
const lookBackMs = 60_000

interface Message {
  at: Date
  stream: LogLine['stream']
  /** Microseconds, as the engine's clock had it, and later than the one before. */
  position: LogPosition
  bytes: Buffer
}

/**
 * What one container may write to the engine's disk, half of which goes when it is full. It is the kind whose
 * times are known for each line: all that the engine can seek to.
 */
export function logConfig({ outputBytesMax }: DockerStack) {
  return { Type: 'json-file', Config: { 'max-size': `${Math.ceil(outputBytesMax / 2)}`, 'max-file': '2' } }
}

/** Line by line from a position; ends with the container, also over an absence of the engine. */
export async function* readOutput(stack: DockerStack, name: ContainerName, from: LogPosition, io: Waiting): AsyncGenerator<LogLine> {
  let position = from
  while (!io.signal.aborted) {
    // Asked before the read: what was written before the end is then read for certain.
    const found = await lookUp(stack, name, io)
    if (found === null) return
    for await (const line of readOnce(stack, found.id, position, found.state.running, io)) {
      position = line.position
      yield line
    }
    if (!found.state.running) return
  }
}

/** What there is now, or until the container or its engine ends. A last line without an end counts once the container has ended. */
async function* readOnce(stack: DockerStack, id: string, from: LogPosition, goesOn: boolean, io: Waiting): AsyncGenerator<LogLine> {
  const cutter = createLineCutter(0)
  let last: Omit<Message, 'bytes'> = { at: new Date(), stream: 'stdout', position: from }
  let known = from === 0
  for await (const { bytes, ...message } of messages(stack, id, from, io)) {
    known ||= message.position <= from
    if (message.position <= from) continue
    if (!known) yield { ...message, stream: 'stdout', text: '… [older output is gone]', position: message.position - 1 }
    known = true
    last = message
    // A message holds one line, or a part of one.
    for (const { text } of cutter.push(bytes)) yield { ...last, text }
  }
  if (!goesOn) for (const { text } of cutter.end()) yield { ...last, text }
}

/** One by one as the engine keeps them. Ends without a word when the engine goes away: whoever reads asks again. */
async function* messages(stack: DockerStack, id: string, from: LogPosition, io: Waiting): AsyncGenerator<Message> {
  const leave = new AbortController()
  const abortSignal = AbortSignal.any([io.signal, leave.signal])
  try {
    const since = Math.max(0, from / 1e6 - lookBackMs / 1000)
    const options = { follow: true, stdout: true, stderr: true, timestamps: true, since } as const
    // No time limit: a container may be silent for as long as it likes.
    const stream = await stack.engine.ask(io, () => unlessAbsent(stack.engine.docker.getContainer(id).logs({ ...options, abortSignal })))
    if (stream !== null) yield* parse(stream as Readable)
  } catch (error) {
    if (!io.signal.aborted && !isAway(error)) throw error
  } finally {
    leave.abort()
  }
}

/** Each frame of the stream holds one message: a time, a space, and what was written. */
async function* parse(output: Readable): AsyncGenerator<Message> {
  let position = 0
  const recent = new Set<string>()
  /** By stream, how many parts of a line there were of late; all of them have the time of the first. */
  const parts: number[] = []
  for await (const frame of frames(output)) {
    const space = frame.indexOf(' ', headerBytes)
    const time = frame.toString('latin1', headerBytes, space)
    const stream = frame.readUInt8()
    const part = parts[stream] ?? 0
    parts[stream] = frame.at(-1) === newline ? 0 : part + 1
    const sign = `${stream} ${time} ${part}`
    // Each time the engine turns to a new file, as it does when one is full, it gives once more what it gave last.
    if (recent.has(sign)) continue
    recent.add(sign)
    if (recent.size > recentMax) recent.delete(recent.values().next().value as string)
    // Both streams have a clock of their own, and a moment may have many messages.
    position = Math.max(position + 1, microseconds(time))
    yield { at: new Date(time), stream: stream === 2 ? 'stderr' : 'stdout', position, bytes: frame.subarray(space + 1) }
  }
}

async function* frames(stream: Readable): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= headerBytes && held.length >= headerBytes + held.readUInt32BE(4)) {
      const end = headerBytes + held.readUInt32BE(4)
      yield held.subarray(0, end)
      held = held.subarray(end)
    }
  }
}

/** Of a time such as 2026-11-22T07:54:01.123456789Z. */
function microseconds(time: string): number {
  const [whole, part = ''] = time.replace('Z', '').split('.')
  return Date.parse(`${whole}Z`) * 1000 + Number(part.padEnd(6, '0').slice(0, 6))
}

/** The last lines, for a message that says why something ended. */
export async function lastLines(stack: DockerStack, id: string, count: number, io: Waiting): Promise<string[]> {
  const options = { follow: false, stdout: true, stderr: true, tail: count } as const
  const bytes = await stack.engine.ask(io, (abortSignal) => unlessAbsent(stack.engine.docker.getContainer(id).logs({ ...options, abortSignal })))
  const cutter = createLineCutter(0)
  const lines = []
  for (let held = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0); held.length >= headerBytes; held = held.subarray(headerBytes + held.readUInt32BE(4))) {
    lines.push(...cutter.push(held.subarray(headerBytes, headerBytes + held.readUInt32BE(4))))
  }
  return [...lines, ...cutter.end()].slice(-count).map((line) => line.text)
}
