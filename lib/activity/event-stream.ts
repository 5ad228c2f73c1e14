import { listenToHints } from './hints.ts'

const heartbeatMs = 10_000

/** Server-sent events: hints only. Each heartbeat asks whether the session still holds. */
export function eventStream(lastId: string | null, holds: () => Promise<boolean>, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  let close = () => {}
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      // Says at once that the stream is open, and how soon to come back.
      send('retry: 1000\n\n')
      const leave = await listenToHints(lastId, ({ id, kind, about }) => send(`id: ${id}\nevent: hint\ndata: ${JSON.stringify({ kind, about })}\n\n`))
      // A browser takes a stream for open before hints are listened to: what happened until now it has to read.
      if (lastId === null) send(`event: hint\ndata: ${JSON.stringify({ kind: 'everything', about: 0 })}\n\n`)
      const beat = setInterval(async () => {
        if (await holds().catch(() => true)) send(': still here\n\n')
        else end()
      }, heartbeatMs)
      const end = () => {
        close()
        controller.close()
      }
      close = () => {
        clearInterval(beat)
        leave()
        close = () => {}
      }
      signal.addEventListener('abort', () => close(), { once: true })
      if (signal.aborted) close()
    },
    cancel: () => close(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } })
}
