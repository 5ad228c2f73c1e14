import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What the engine says while it pulls or builds. */
export interface EngineMessage {
  status?: string
  id?: string
  stream?: string
  aux?: { ID?: string }
  error?: string
}

/** One by one; ends with the stream. An abort ends it with an error. */
export async function* readMessages(stream: Readable): AsyncGenerator<EngineMessage> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity })
  const broken = new Promise<never>((_, reject) => stream.once('error', reject))
  broken.catch(() => {})
  const reader = lines[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.next(), broken])
      if (done) return
      if (value.trim() !== '') yield JSON.parse(value) as EngineMessage
    }
  } finally {
    lines.close()
    stream.destroy()
  }
}
