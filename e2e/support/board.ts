import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What test and app say to each other, so that neither waits for a time to pass. An app asks
 * `GET /wait/NAME` and is answered when the test opens NAME; asks `GET /value/NAME` and gets the status the
 * test has set (200 at first); and tells `POST /say/NAME` its news.
 */
export interface Board {
  url: string
  /** Resolves once somebody waits at NAME. */
  waited: (name: string) => Promise<void>
  /** How often somebody has come to wait at NAME. */
  arrivals: (name: string) => number
  /** Resolves once whoever waited at NAME has hung up without being let through. */
  left: (name: string) => Promise<void>
  open: (name: string) => void
  set: (name: string, status: number) => void
  said: (name: string) => string[]
  close: () => Promise<void>
}

export async function openBoard(): Promise<Board> {
  const waiting = new Map<string, ServerResponse[]>()
  const opened = new Set<string>()
  const values = new Map<string, number>()
  const news = new Map<string, string[]>()
  const counts = new Map<string, number>()
  const arrivals = signals()
  const departures = signals()

  const wait = (name: string, response: ServerResponse) => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    if (opened.has(name)) return void response.end('go on')
    waiting.set(name, [...(waiting.get(name) ?? []), response])
    response.once('close', () => response.writableFinished || departures.of(name).resolve())
    arrivals.of(name).resolve()
  }
  const server = createServer(async (request, response) => {
    const [, verb, name = ''] = (request.url ?? '').split('/')
    if (verb === 'wait') return wait(name, response)
    if (verb === 'value') return void response.writeHead(values.get(name) ?? 200).end()
    let text = ''
    for await (const chunk of request) text += String(chunk)
    news.set(name, [...(news.get(name) ?? []), text])
    response.end()
  })
  server.requestTimeout = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waited: (name) => arrivals.of(name).promise,
    arrivals: (name) => counts.get(name) ?? 0,
    left: (name) => departures.of(name).promise,
    open: (name) => {
      opened.add(name)
      for (const response of waiting.get(name) ?? []) response.end('go on')
    },
    set: (name, status) => void values.set(name, status),
    said: (name) => news.get(name) ?? [],
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

function signals() {
  const all = new Map<string, PromiseWithResolvers<void>>()
  const of = (name: string) => {
    const signal = all.get(name) ?? Promise.withResolvers<void>()
    all.set(name, signal)
    return signal
  }
  return { of }
}
