import type { Readable } from 'node:stream'
import type { ContainerName, LogLine, LogPosition } from '../driver.ts'
import { createLineCutter } from '../lines.ts'
import { isAway, unlessAbsent, type Waiting } from './engine.ts'
import { lookUp } from './inspect.ts'
import type { DockerStack } from './open.ts'

const headerBytes = 8

interface Message {
  at: Date
  stream: LogLine['stream']
  bytes: Buffer
}

/**
 * Line by line from a position; ends with the container, also over an absence of the engine. A position is
 * a count of bytes, which the engine cannot seek to: what lies before it is read and left out.
 */
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
  const cutter = createLineCutter(from)
  let last: Omit<Message, 'bytes'> = { at: new Date(), stream: 'stdout' }
  let passed = 0
  for await (const { at, stream, bytes } of messages(stack, id, io)) {
    last = { at, stream }
    const skipped = Math.min(bytes.length, Math.max(0, from - passed))
    passed += bytes.length
    for (const line of cutter.push(bytes.subarray(skipped))) yield { ...last, ...line }
  }
  if (!goesOn) for (const line of cutter.end()) yield { ...last, ...line }
}

/** One by one as the engine keeps them. Ends without a word when the engine goes away: whoever reads asks again. */
async function* messages(stack: DockerStack, id: string, io: Waiting): AsyncGenerator<Message> {
  const leave = new AbortController()
  const abortSignal = AbortSignal.any([io.signal, leave.signal])
  try {
    const options = { follow: true, stdout: true, stderr: true, timestamps: true } as const
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
async function* parse(stream: Readable): AsyncGenerator<Message> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= headerBytes && held.length >= headerBytes + held.readUInt32BE(4)) {
      const end = headerBytes + held.readUInt32BE(4)
      const frame = held.subarray(headerBytes, end)
      const space = frame.indexOf(' ')
      yield { at: new Date(frame.toString('latin1', 0, space)), stream: held[0] === 2 ? 'stderr' : 'stdout', bytes: frame.subarray(space + 1) }
      held = held.subarray(end)
    }
  }
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
