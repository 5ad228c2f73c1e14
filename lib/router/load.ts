import { Agent, request } from 'node:http'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

export interface Load {
  /** On 127.0.0.1, and nowhere else. */
  port: number
  /** The Host header; without it, the address. */
  host?: string
  path?: string
  /** Requests under way at once, each on a connection kept alive. At most 128. */
  connections: number
  /** At most this many requests (a million), and this long (ten minutes). */
  requestsMax?: number
  seconds: number
  /** Between the answer and the next request of one connection. 0: none. */
  pauseMs?: number
  /** Every so many-th request is a POST with a body of 1 KB. 0: none. */
  postEvery?: number
  /** What a whole answer has; anything shorter is lost. */
  answerBytes?: number
}

export interface LoadCount {
  sent: number
  /** Whole answers that are neither of the next two. */
  ok: number
  /** No connection, a broken one, 502, 504, or a body cut short. */
  lost: number
  /** 503: the maintenance page. */
  maintenance: number
  /** Why they were lost, by kind. */
  reasons: Record<string, number>
  seconds: number
  /** Of whole answers, in milliseconds. */
  p50: number
  p99: number
}

const body = Buffer.alloc(1024, 'x')

/**
 * Sends requests until told to stop or a bound is reached, and counts what comes back as an outsider sees it.
 * `stop` resolves when every request sent has ended.
 */
export function startLoad(load: Load): { stop: () => Promise<LoadCount>; done: Promise<LoadCount>; count: LoadCount } {
  const connections = Math.min(load.connections, 128)
  const requestsMax = Math.min(load.requestsMax ?? 1_000_000, 1_000_000)
  const count: LoadCount = { sent: 0, ok: 0, lost: 0, maintenance: 0, reasons: {}, seconds: 0, p50: 0, p99: 0 }
  const latencies: number[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const began = performance.now()
  const deadline = began + Math.min(load.seconds, 600) * 1000
  let stopped = false
  const loop = async () => {
    while (!stopped && count.sent < requestsMax && performance.now() < deadline) {
      const outcome = await sendOne(load, agent, ++count.sent)
      note(count, latencies, outcome)
      if (load.pauseMs) await pause(load.pauseMs)
      else if (outcome.kind !== 'ok') await nextTurn()
    }
  }
  const done = Promise.all(Array.from({ length: connections }, loop)).then(() => {
    agent.destroy()
    latencies.sort((a, b) => a - b)
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
    return Object.assign(count, { seconds: (performance.now() - began) / 1000, p50: at(0.5), p99: at(0.99) })
  })
  const stop = () => {
    stopped = true
    return done
  }
  return { stop, done, count }
}

type Outcome = { kind: 'ok' | 'maintenance'; ms: number } | { kind: 'lost'; reason: string }

function note(count: LoadCount, latencies: number[], outcome: Outcome) {
  count[outcome.kind]++
  if (outcome.kind === 'ok') latencies.push(outcome.ms)
  if (outcome.kind === 'lost') count.reasons[outcome.reason] = (count.reasons[outcome.reason] ?? 0) + 1
}

function sendOne(load: Load, agent: Agent, number: number): Promise<Outcome> {
  const began = performance.now()
  const post = load.postEvery ? number % load.postEvery === 0 : false
  const headers = { ...(load.host && { host: load.host }), ...(post && { 'content-length': body.length }) }
  return new Promise((resolve) => {
    const lose = (reason: string) => resolve({ kind: 'lost', reason })
    const req = request({ host: '127.0.0.1', port: load.port, path: load.path ?? '/', method: post ? 'POST' : 'GET', headers, agent }, (res) => {
      let bytes = 0
      res.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      res.on('error', (error) => lose(`short body: ${error.message}`))
      res.on('end', () => {
        const status = res.statusCode ?? 0
        if (status === 502 || status === 504) return lose(String(status))
        if (status === 503) return resolve({ kind: 'maintenance', ms: 0 })
        if (bytes < (load.answerBytes ?? 0)) return lose('short body')
        resolve({ kind: 'ok', ms: performance.now() - began })
      })
    })
    req.setTimeout(30_000, () => req.destroy(new Error('nothing for 30 s')))
    req.on('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message))
    req.end(post ? body : undefined)
  })
}
