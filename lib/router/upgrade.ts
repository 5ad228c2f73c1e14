import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createProxyServer } from 'httpxy'
import type { Counters } from './counters.ts'
import { OneConnection } from './forward.ts'
import { prepareHeaders } from './headers.ts'
import { respondOn, sendBroken, sendMaintenance } from './pages.ts'
import type { Route, Routing } from './routing.ts'
import type { Upstream } from './upstream.ts'

const answerSeconds = 30

const proxy = createProxyServer({ xfwd: false, headers: { connection: 'Upgrade' }, upgradeTimeout: answerSeconds * 1000 })
/** What becomes of one upgrade: the library calls `broke` while the client's socket can still be written to. */
interface Carried {
  opened: () => void
  broke: () => void
}
const byRequest = new WeakMap<IncomingMessage, Carried>()
const bySocket = new WeakMap<Socket, Carried>()
proxy.on('open', (socket) => bySocket.get(socket)?.opened())
proxy.on('error', (_error, req) => req && byRequest.get(req)?.broke())

/** Carries a WebSocket to a container of that route, until one side closes it or the container's drain cuts it. */
export async function forwardUpgrade(routing: Routing, counters: Counters, route: Route, req: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
  const { id, maintenancePage } = route.endpoint
  counters.add(id, 'requests')
  client.on('error', () => {})
  prepareHeaders(req)
  const tried = new Set<Upstream>()
  while (!client.destroyed) {
    const upstream = routing.pick(id, tried)
    if (!upstream) {
      counters.add(id, 'maintenance')
      return sendMaintenance(respondOn(req, client), maintenancePage)
    }
    tried.add(upstream)
    const socket = await upstream.connect()
    if (socket) return carry(counters, id, upstream, socket, req, client, head)
  }
}

async function carry(counters: Counters, id: number, upstream: Upstream, socket: Socket, req: IncomingMessage, client: Socket, head: Buffer) {
  // Either side's end is the other's: half of a WebSocket is of no use to anyone.
  client.once('close', () => socket.destroy())
  if (client.destroyed) return void socket.destroy()
  let open = false
  const carried: Carried = {
    opened() {
      open = true
      socket.once('close', () => client.destroySoon())
    },
    broke() {
      if (client.destroyed || (open && upstream.retired)) return
      counters.add(id, 'lost')
      if (!open) sendBroken(respondOn(req, client), 502)
    },
  }
  byRequest.set(req, carried)
  bySocket.set(socket, carried)
  const target = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
  await proxy.ws(req, client, { target, agent: new OneConnection(socket) }, head)
}
