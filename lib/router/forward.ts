import { Agent, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyServer } from 'httpxy'
import type { Counters } from './counters.ts'
import { cleanResponse, prepareHeaders } from './headers.ts'
import { sendBroken, sendMaintenance } from './pages.ts'
import type { Route, Routing } from './routing.ts'
import { idleSeconds, type Upstream } from './upstream.ts'

/** A request on its way: who ended it first decides whether it counts as lost. */
interface Exchange {
  clientLeft: boolean
  lose: () => void
}

const exchanges = new WeakMap<IncomingMessage, Exchange>()
const proxy = createProxyServer({ xfwd: false, headers: { connection: 'close' } })

proxy.on('proxyRes', (response, req) => {
  cleanResponse(response)
  const exchange = exchanges.get(req as IncomingMessage)
  // Before httpxy passes the break on to the client: afterwards it would look as if the client had left.
  const notice = () => {
    if (!response.complete && !exchange?.clientLeft) exchange?.lose()
  }
  response.once('error', notice).once('close', notice)
})

/** Hands the library the connection that was made before anything was sent. */
export class OneConnection extends Agent {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super({ keepAlive: false })
    this.#socket = socket
  }

  override createConnection() {
    return this.#socket
  }
}

/**
 * Carries one request to a container of that route and its answer back. A container that cannot be connected
 * to is passed over for the next, whatever the request; one that breaks off before its answer, once, when
 * repeating is harmless.
 */
export async function forwardRequest(routing: Routing, counters: Counters, route: Route, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { id, maintenancePage } = route.endpoint
  counters.add(id, 'requests')
  const exchange = beginExchange(req, res, () => counters.add(id, 'lost'))
  prepareHeaders(req)
  // Only WebSockets are upgraded; asked for anything else, a container might still switch.
  delete req.headers.upgrade
  const tried = new Set<Upstream>()
  let repeatable = isRepeatable(req)
  for (let broke = false; !exchange.clientLeft; ) {
    const upstream = routing.pick(id, tried)
    if (!upstream && broke) return giveUp(exchange, res, 502)
    if (!upstream) {
      counters.add(id, 'maintenance')
      return sendMaintenance(res, maintenancePage)
    }
    tried.add(upstream)
    const socket = await upstream.connect()
    if (!socket) continue
    const failure = exchange.clientLeft ? null : await carry(socket, req, res)
    socket.destroy()
    if (!failure || exchange.clientLeft || req.errored) return
    if (failure === 'slow' || res.headersSent || !repeatable) return giveUp(exchange, res, failure === 'slow' ? 504 : 502)
    repeatable = false
    broke = true
  }
}

function beginExchange(req: IncomingMessage, res: ServerResponse, lose: () => void): Exchange {
  let lost = false
  const exchange: Exchange = {
    clientLeft: false,
    lose() {
      if (!lost) lose()
      lost = true
    },
  }
  exchanges.set(req, exchange)
  res.once('close', () => {
    exchange.clientLeft = !res.writableFinished
  })
  return exchange
}

/** Null when it went well as far as the container is concerned. */
async function carry(socket: Socket, req: IncomingMessage, res: ServerResponse): Promise<'broke' | 'slow' | null> {
  let slow = false
  socket.setTimeout(idleSeconds * 1000, () => {
    slow = true
    socket.destroy()
  })
  try {
    const target = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    await proxy.web(req, res, { target, agent: new OneConnection(socket) })
    return null
  } catch {
    return slow ? 'slow' : 'broke'
  }
}

function giveUp(exchange: Exchange, res: ServerResponse, status: 502 | 504) {
  exchange.lose()
  if (res.headersSent) res.destroy()
  else sendBroken(res, status)
}

/** RFC 9110, 9.2.1: safe methods, here without a body, since a body that was read is gone. */
function isRepeatable({ method, headers }: IncomingMessage) {
  const bodyless = !headers['transfer-encoding'] && Number(headers['content-length'] ?? 0) === 0
  return bodyless && ['GET', 'HEAD', 'OPTIONS'].includes(method ?? '')
}
