import type { Actor } from '../auth/actor.ts'
import { mayHear } from './audience.ts'
import { type Hint, listenToHints } from './hints.ts'
import { watchSession } from './session-watch.ts'

const heartbeatMs = 10_000

/** Server-sent events: hints only, and only of what the actor may read. It ends when the session ends. */
export function eventStream(lastId: string | null, session: { id: string; actor: Actor }, signal: AbortSignal): Response {
  const encoder = new TextEncoder()
  let close = () => {}
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let actor: Actor = session.actor
      let open = true
      const leaving: (() => void)[] = []
      const send = (text: string) => open && controller.enqueue(encoder.encode(text))
      close = () => {
        open = false
        for (const leave of leaving.splice(0)) leave()
      }
      signal.addEventListener('abort', () => close(), { once: true })
      if (signal.aborted) return close()
      // Says at once that the stream is open, and how soon to come back.
      send('retry: 1000\n\n')
      // One after the other, for whether a hint may be heard is looked up: they keep their order.
      let told: Promise<unknown> = Promise.resolve()
      const pass = async (hint: Hint) => {
        if (open && (await mayHear(actor, hint).catch(() => false))) send(line(hint))
      }
      const join = (leave: () => void) => (open ? leaving.push(leave) : leave())
      join(await listenToHints(lastId, (hint) => (told = told.then(() => pass(hint)))))
      const end = () => {
        if (!open) return
        close()
        controller.close()
      }
      const heed = (now: Actor | null) => {
        if (!now) return end()
        // What they may see is another: all that is on the screen is read again.
        if (JSON.stringify(now) !== JSON.stringify(actor)) send(everything)
        actor = now
      }
      // A stream that goes on while the db is away would pass what is on the screen off as new; the browser comes back until it is there.
      join(await watchSession(session.id, heed, end))
      // A browser takes a stream for open before hints are listened to: what happened until now it has to read.
      if (lastId === null) send(everything)
      const beat = setInterval(() => send(': still here\n\n'), heartbeatMs)
      join(() => clearInterval(beat))
    },
    cancel: () => close(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } })
}

const line = ({ id, kind, about }: Hint) => `id: ${id}\nevent: hint\ndata: ${JSON.stringify({ kind, about })}\n\n`
const everything = `event: hint\ndata: ${JSON.stringify({ kind: 'everything', about: 0 })}\n\n`
