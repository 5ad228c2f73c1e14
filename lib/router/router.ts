import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import { Counters } from './counters.ts'
import { forwardRequest } from './forward.ts'
import { hostOf } from './headers.ts'
import { keepCounters, keepTable, prepareFolders, readCounters, readTable } from './keep.ts'
import { Listeners } from './listeners.ts'
import { respondOn, sendUnknown } from './pages.ts'
import { Routing } from './routing.ts'
import type { RouterStatus, RouterTable } from './table.ts'
import { forwardUpgrade } from './upgrade.ts'

const countersSeconds = 1
const reopenSeconds = 5

export interface RouterPlace {
  dataPath: string
  host: string
  port: number
}

/** The router without its control socket: what main.ts runs and control.ts commands. */
export class Router {
  readonly #place: RouterPlace
  readonly #routing = new Routing()
  readonly #counters: Counters
  readonly #listeners: Listeners
  readonly #chores: NodeJS.Timeout[] = []
  #replacing: Promise<unknown> = Promise.resolve()

  private constructor(place: RouterPlace, counters: Counters) {
    this.#place = place
    this.#counters = counters
    this.#listeners = new Listeners(place.host, {
      request: (port, req, res) => this.#request(port, req, res),
      upgrade: (port, req, socket, head) => this.#upgrade(port, req, socket, head),
    })
  }

  /**
   * Starts from the table on disk.
   * @throws Refusal `conflict` when the main port is taken.
   */
  static async open(place: RouterPlace): Promise<Router> {
    await prepareFolders(place.dataPath)
    const router = new Router(place, new Counters(await readCounters(place.dataPath)))
    router.#routing.replace((await readTable(place.dataPath)) ?? router.#routing.table)
    await router.#listeners.open([place.port])
    await router.#reopen()
    router.#chores.push(setInterval(() => void router.#keepCounters(), countersSeconds * 1000))
    router.#chores.push(setInterval(() => void router.#reopen(), reopenSeconds * 1000))
    return router
  }

  #route(port: number, req: IncomingMessage) {
    const host = hostOf(req)
    return port === this.#place.port ? this.#routing.atHost(host) : this.#routing.atPort(port)
  }

  #request(port: number, req: IncomingMessage, res: ServerResponse) {
    const route = this.#route(port, req)
    if (!route) return sendUnknown(res)
    forwardRequest(this.#routing, this.#counters, route, req, res).catch((error: unknown) => {
      console.error(error)
      res.destroy()
    })
  }

  #upgrade(port: number, req: IncomingMessage, socket: Socket, head: Buffer) {
    const route = this.#route(port, req)
    if (!route) return sendUnknown(respondOn(req, socket))
    forwardUpgrade(this.#routing, this.#counters, route, req, socket, head).catch((error: unknown) => {
      console.error(error)
      socket.destroy()
    })
  }

  /**
   * Resolves when that table is in force, and on disk. The same table twice is fine.
   * @throws Refusal `conflict`: the generation is lower, or of another table, or a port is taken; the old table stays in force.
   */
  replace(table: RouterTable): Promise<void> {
    const replaced = this.#replacing.then(() => this.#replaceNow(table))
    // One after the other: of two at once the higher generation stays, whichever came first.
    this.#replacing = replaced.catch(() => {})
    return replaced
  }

  async #replaceNow(table: RouterTable) {
    const { generation } = this.#routing.table
    if (table.generation < generation) throw new Refusal('conflict', `The router's table is of generation ${generation}; ${table.generation} is older`)
    if (table.generation === generation && generation > 0) {
      if (JSON.stringify(table) === JSON.stringify(this.#routing.table)) return
      throw new Refusal('conflict', `The router has another table of generation ${generation}`)
    }
    const before = this.#ports(this.#routing.table)
    const ports = this.#ports(table)
    await this.#listeners.open(ports)
    try {
      // On disk before it is in force: a router that dies now starts with it, never with a table that was replaced.
      await keepTable(this.#place.dataPath, table)
    } catch (error) {
      this.#listeners.keepOnly(before)
      throw new Refusal('unavailable', `The router cannot keep its table: ${(error as Error).message}`)
    }
    this.#routing.replace(table)
    this.#listeners.keepOnly(ports)
  }

  #ports = (table: RouterTable) => [this.#place.port, ...table.endpoints.flatMap(({ port }) => (port === null ? [] : [port]))]

  /** After a start, a port of an endpoint may be taken for a while; the others serve meanwhile. */
  async #reopen() {
    for (const port of this.#ports(this.#routing.table)) await this.#listeners.open([port]).catch((error: Error) => console.error(error.message))
  }

  /**
   * Resolves when nothing is in flight to those containers; after `seconds` it is cut.
   * @returns how many requests and WebSockets were cut.
   * @throws Refusal `conflict` when one of them still is in the table.
   */
  async drain(names: string[], seconds: number, signal: AbortSignal): Promise<number> {
    const serving = names.find((name) => this.#routing.isServing(name))
    if (serving) throw new Refusal('conflict', `${serving} still is in the router's table`)
    const wanted = new Set(names)
    const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
    for (const upstream of this.#routing.draining(wanted)) await upstream.whenIdle(limit)
    if (signal.aborted) return 0
    const left = this.#routing.draining(wanted)
    return left.reduce((cut, upstream) => cut + upstream.cut(), 0)
  }

  status = (): RouterStatus => ({
    pid: process.pid,
    host: this.#place.host,
    port: this.#place.port,
    generation: this.#routing.table.generation,
    endpoints: this.#counters.all(),
    containers: this.#routing.containers(),
    serving: this.#routing.serving(),
  })

  async #keepCounters() {
    if (!this.#counters.changed) return
    this.#counters.changed = false
    await keepCounters(this.#place.dataPath, this.#counters.all()).catch((error: Error) => console.error(`Counters were not kept: ${error.message}`))
  }

  /** Takes no more connections, lets what is in flight finish for so long, then cuts it. */
  async close(seconds: number): Promise<void> {
    for (const chore of this.#chores) clearInterval(chore)
    this.#routing.stop()
    this.#listeners.keepOnly([])
    const deadline = performance.now() + seconds * 1000
    while (this.#routing.inFlight() > 0 && performance.now() < deadline) await delay(20)
    this.#routing.cutEverything()
    // The break of what was cut is counted before the counters are kept.
    await delay(0)
    await this.#keepCounters()
  }
}
