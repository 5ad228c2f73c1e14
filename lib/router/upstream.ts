import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RouterEndpoint } from './table.ts'

const connectSeconds = 5
/** A response that stands still for longer has lost its container. Streams must say something within that time. */
export const idleSeconds = 300

/** No port or file descriptor is left to connect from: the container is not to blame. */
const ourShortage = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

/**
 * One container as one endpoint sees it. Every request has a connection of its own to it: a connection kept
 * for reuse can be closed by the container in the moment of the next request, which would lose it. So what is
 * in flight is exactly what is open.
 */
export class Upstream extends EventEmitter<{ closed: [] }> {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly rules: RouterEndpoint['health']
  healthy = true
  reason = 'not checked yet'
  /** No longer in the table: what is in flight may finish, until it is cut. */
  retired = false
  readonly #open = new Set<Socket>()

  constructor(container: RouterEndpoint['containers'][number], rules: RouterEndpoint['health']) {
    super()
    this.setMaxListeners(0)
    this.name = container.name
    this.host = container.host
    this.port = container.port
    this.rules = rules
  }

  get inFlight() {
    return this.#open.size
  }

  /** A connection on which nothing has been sent: when it fails, another container can be tried. Takes it out of rotation then. */
  async connect(): Promise<Socket | null> {
    const socket = connect({ host: this.host, port: this.port, noDelay: true })
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      this.emit('closed')
    })
    socket.setTimeout(connectSeconds * 1000, () => socket.destroy(new Error(`no connection within ${connectSeconds} s`)))
    try {
      await once(socket, 'connect')
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      if (!ourShortage.has(code)) this.found(false, `cannot be connected to: ${message}`)
      return null
    }
    socket.setTimeout(0)
    socket.removeAllListeners('timeout')
    // Whoever carries the request hears of errors too; without a listener one too late would end the process.
    socket.on('error', () => {})
    return socket
  }

  found(healthy: boolean, reason: string) {
    this.healthy = healthy
    this.reason = reason
  }

  /** Resolves when nothing is in flight, or when the signal aborts. */
  async whenIdle(signal: AbortSignal): Promise<void> {
    while (this.inFlight > 0 && !signal.aborted) await once(this, 'closed', { signal }).catch(() => {})
  }

  /** Breaks off whatever is in flight, and says how many requests that were. */
  cut(): number {
    const count = this.#open.size
    for (const socket of this.#open) socket.destroy(new Error('cut'))
    return count
  }
}
