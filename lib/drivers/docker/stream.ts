import type { Readable } from 'node:stream'

/**
 * An answer that an abort ends with an error. The client's own signal is for asking alone: of an answer that has
 * come whole and is not read yet it breaks off a connection that nobody listens to any more, and the process dies.
 */
export async function openStream(signal: AbortSignal, ask: (asking: AbortSignal) => Promise<NodeJS.ReadableStream>): Promise<Readable> {
  const asking = new AbortController()
  let answer: Readable | null = null
  const leave = () => (answer === null ? asking.abort() : void answer.destroy(new DOMException('it was left', 'AbortError')))
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    answer = (await ask(asking.signal)) as Readable
    answer.once('close', () => signal.removeEventListener('abort', leave))
    return answer
  } catch (error) {
    signal.removeEventListener('abort', leave)
    throw error
  }
}
