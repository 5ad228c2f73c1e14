import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { LogLine, LogPosition } from '../driver.ts'
import { isAway, statusOf, unlessAbsent, type Waiting } from './engine.ts'
import type { DockerStack } from './open.ts'
import { openStream } from './stream.ts'

export const headerBytes = 8
export const newline = 10
/** How many of the last messages an engine may give again. */
const recentMax = 4096
/** How far back a reader looks for the line it goes on after; a clock that was put back by more would cost it lines. */
const lookBackMs = 60_000

export interface Message {
  at: Date
  stream: LogLine['stream']
  /** Microseconds, as the engine's clock had it, and later than the one before. */
  position: LogPosition
  bytes: Buffer
}

/** One by one as the engine keeps them. Ends without a word when the engine goes away: whoever reads asks again. */
export async function* messages(stack: DockerStack, id: string, { from, follow }: { from: LogPosition; follow: boolean }, io: Waiting): AsyncGenerator<Message> {
  const leave = new AbortController()
  try {
    const since = Math.max(0, from / 1e6 - lookBackMs / 1000)
    const signal = AbortSignal.any([io.signal, leave.signal])
    const stream = await stack.engine.ask(io, () => unlessAbsent(openStream(signal, (abortSignal) => openOutput(stack.engine.docker, id, { follow, since, abortSignal }))), { takesLong: true })
    if (stream !== null) yield* parse(stream, follow)
  } catch (error) {
    // 409: it is just being removed.
    if (!io.signal.aborted && !isAway(error) && statusOf(error) !== 409) throw error
  } finally {
    leave.abort()
  }
}

/** As a stream also where it is not followed, for which the client has no word. There is no time limit: a container may be silent for as long as it likes. */
function openOutput(docker: Docker, id: string, { follow, since, abortSignal }: { follow: boolean; since: number; abortSignal: AbortSignal }): Promise<Readable> {
  const options = { follow, stdout: true, stderr: true, timestamps: true, since }
  const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' }
  return new Promise((answer, refuse) => {
    const heard = (error: Error | null, stream: unknown) => (error ? refuse(error) : answer(stream as Readable))
    docker.modem.dial({ path: `/containers/${id}/logs?`, method: 'GET', isStream: true, options, abortSignal, statusCodes }, heard)
  })
}

/**
 * Each frame of the stream holds one message: a time, a space, and what was written. An engine that is followed gives
 * once more what it gave last when it turns to a new file, and then maybe not the next one: there it ends.
 */
export async function* parse(output: Readable, follow: boolean): AsyncGenerator<Message> {
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
    if (recent.has(sign)) return
    if (follow) recent.add(sign)
    if (recent.size > recentMax) recent.delete(recent.values().next().value as string)
    // Both streams have a clock of their own, and a moment may have many messages.
    position = Math.max(position + 1, microseconds(time))
    yield { at: new Date(time), stream: stream === 2 ? 'stderr' : 'stdout', position, bytes: frame.subarray(space + 1) }
  }
}

export async function* frames(stream: Readable): AsyncGenerator<Buffer> {
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
