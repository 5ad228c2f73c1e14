import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Refusal } from '../refusal.ts'
import { idleSeconds } from './upstream.ts'

const headerBytesMax = 32 * 1024
const headersSeconds = 30
/** Longer than the load balancers that may stand before us keep theirs, so that they close first. */
const keepAliveSeconds = 75
const connectionsMax = 10_000

export interface Handlers {
  request: (port: number, req: IncomingMessage, res: ServerResponse) => void
  upgrade: (port: number, req: IncomingMessage, socket: Socket, head: Buffer) => void
}

/** The ports on which the router takes requests. */
export class Listeners {
  readonly #host: string
  readonly #handlers: Handlers
  readonly #servers = new Map<number, Server>()

  constructor(host: string, handlers: Handlers) {
    this.#host = host
    this.#handlers = handlers
  }

  /**
   * Listens on all those ports, or on none that is new.
   * @throws Refusal `conflict` naming the port that is taken.
   */
  async open(ports: number[]): Promise<void> {
    const opened: number[] = []
    try {
      for (const port of ports) {
        if (this.#servers.has(port)) continue
        this.#servers.set(port, await this.#listen(port))
        opened.push(port)
      }
    } catch (error) {
      for (const port of opened) this.#close(port)
      throw error
    }
  }

  /** Takes no new connection on any other port; requests on them that are under way finish. */
  keepOnly(ports: number[]) {
    for (const port of this.#servers.keys()) if (!ports.includes(port)) this.#close(port)
  }

  #close(port: number) {
    const server = this.#servers.get(port)
    this.#servers.delete(port)
    server?.close()
  }

  #listen(port: number): Promise<Server> {
    const websocketOnly = (req: IncomingMessage) => req.headers.upgrade?.toLowerCase() === 'websocket'
    const limits = { maxHeaderSize: headerBytesMax, headersTimeout: headersSeconds * 1000, requestTimeout: 0, keepAliveTimeout: keepAliveSeconds * 1000 }
    const server = createServer({ ...limits, shouldUpgradeCallback: websocketOnly })
    server.maxConnections = connectionsMax
    // No request may stand still for longer than its container may, in either direction.
    server.timeout = (idleSeconds + 10) * 1000
    server.on('request', (req, res) => {
      // A closed server still reads from the connections it had.
      if (!server.listening) res.shouldKeepAlive = false
      this.#handlers.request(port, req, res)
    })
    server.on('upgrade', (req, socket: Socket, head) => this.#handlers.upgrade(port, req, socket, head))
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(new Refusal('conflict', `The router cannot listen on ${this.#host}:${port}: ${wordsFor(error)}`)))
      server.listen({ port, host: this.#host, exclusive: true }, () => {
        server.removeAllListeners('error')
        server.on('error', (error) => console.error(`Port ${port}: ${error.message}`))
        resolve(server)
      })
    })
  }
}

function wordsFor(error: NodeJS.ErrnoException) {
  if (error.code === 'EADDRINUSE') return 'another process listens there'
  if (error.code === 'EACCES') return 'ports below 1024 are for root'
  return error.message
}
