import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { LogPosition } from '../driver.ts'
import type { Waiting } from './engine.ts'
import type { DockerStack } from './open.ts'
import { messages, newline, parse, type Message } from './output-messages.ts'

/** The part of what is kept that an engine is taken to pass on without leaving anything out. */
const trustedShare = 64
/** How late may come what is kept already. */
const lateMs = 2000

/**
 * Until the container or its engine ends, or until the engine may have left something out: when a file is full it
 * goes on with the newest, also where there was another between the two, and sometimes it goes on much later.
 */
export async function* comingMessages(stack: DockerStack, id: string, from: LogPosition, io: Waiting): AsyncGenerator<Message> {
  const leave = new AbortController()
  const signal = AbortSignal.any([io.signal, leave.signal])
  const read = { position: from }
  const late = leaveWhenLate(stack, id, read, leave, io)
  const trusted = createTrust(stack.outputBytesMax / trustedShare)
  try {
    for await (const message of messages(stack, id, { from, follow: true }, { ...io, signal })) {
      yield message
      read.position = message.position
      if (message.position > from && !trusted(message.bytes.length) && message.bytes.at(-1) === newline) return
    }
  } finally {
    leave.abort()
    await late
  }
}

/** Whether that much may come at once, and then in each second. */
function createTrust(bytesMax: number): (bytes: number) => boolean {
  const since = performance.now()
  let sum = 0
  return (bytes) => (sum += bytes) <= bytesMax * (1 + (performance.now() - since) / 1000)
}

/** What was the newest at one look has to be read by the next. The looks also show, and tell, that the engine says nothing. */
async function leaveWhenLate(stack: DockerStack, id: string, read: { position: LogPosition }, leave: AbortController, io: Waiting): Promise<void> {
  let newest = 0
  while (await pause(lateMs, true, { signal: leave.signal }).catch(() => false)) {
    if (read.position < newest) return leave.abort()
    newest = await newestOf(stack, id, { ...io, signal: leave.signal }).catch(() => 0)
  }
}

async function newestOf({ engine: { docker, ask } }: DockerStack, id: string, io: Waiting): Promise<LogPosition> {
  const options = { follow: false, stdout: true, stderr: true, timestamps: true, tail: 1 } as const
  const bytes = await ask(io, (limit) => docker.getContainer(id).logs({ ...options, abortSignal: AbortSignal.any([limit, io.signal]) }))
  let newest = 0
  for await (const { position } of parse(Readable.from([bytes]), false)) newest = position
  return newest
}
