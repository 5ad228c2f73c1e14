import { HealthChecks } from './health.ts'
import type { RouterEndpoint, RouterStatus, RouterTable } from './table.ts'
import { Upstream } from './upstream.ts'

export interface Route {
  endpoint: RouterEndpoint
  upstreams: Upstream[]
  /** Where the next search begins, so that equals take turns. */
  turn: number
}

const emptyTable: RouterTable = { generation: 0, endpoints: [] }

/** The table in force. Reading it is synchronous, and so is replacing it: no request sees half of one. */
export class Routing {
  table = emptyTable
  #byId = new Map<number, Route>()
  #byHost = new Map<string, Route>()
  #byPort = new Map<number, Route>()
  #retired = new Set<Upstream>()
  readonly #health = new HealthChecks()

  replace(table: RouterTable) {
    const former = new Map([...this.#upstreams()].map((upstream) => [upstream.key, upstream.upstream]))
    const routes = table.endpoints.map((endpoint) => ({ endpoint, upstreams: this.#upstreamsOf(endpoint, former), turn: 0 }))
    this.table = table
    this.#byId = new Map(routes.map((route) => [route.endpoint.id, route]))
    this.#byHost = new Map(routes.flatMap((route) => (route.endpoint.host === null ? [] : [[route.endpoint.host, route]])))
    this.#byPort = new Map(routes.flatMap((route) => (route.endpoint.port === null ? [] : [[route.endpoint.port, route]])))
    for (const upstream of former.values()) this.#retire(upstream)
  }

  /** What is known of a container that stays is kept; a new one counts as healthy, for it was checked before the switch. */
  #upstreamsOf(endpoint: RouterEndpoint, former: Map<string, Upstream>) {
    return endpoint.containers.map((container) => {
      const key = keyOf(endpoint, container)
      const upstream = former.get(key) ?? new Upstream(container, endpoint.health)
      former.delete(key)
      this.#health.watch(upstream)
      return upstream
    })
  }

  #retire(upstream: Upstream) {
    this.#health.forget(upstream)
    upstream.retired = true
    if (upstream.inFlight === 0) return
    this.#retired.add(upstream)
    upstream.on('closed', () => upstream.inFlight === 0 && this.#retired.delete(upstream))
  }

  *#upstreams() {
    for (const { endpoint, upstreams } of this.#byId.values())
      for (const upstream of upstreams) yield { key: keyOf(endpoint, upstream), upstream }
  }

  atHost = (host: string) => this.#byHost.get(host) ?? null
  atPort = (port: number) => this.#byPort.get(port) ?? null

  /** The healthy container with the least in flight that was not tried yet; by the table now in force. */
  pick(endpointId: number, tried: Set<Upstream>): Upstream | null {
    const route = this.#byId.get(endpointId)
    if (!route) return null
    const { upstreams } = route
    let best: Upstream | null = null
    for (let offset = 0; offset < upstreams.length; offset++) {
      const candidate = upstreams[(route.turn + offset) % upstreams.length] as Upstream
      if (!candidate.healthy || tried.has(candidate)) continue
      if (!best || candidate.inFlight < best.inFlight) best = candidate
    }
    route.turn = (route.turn + 1) % Math.max(1, upstreams.length)
    return best
  }

  isServing = (name: string) => [...this.#upstreams()].some(({ upstream }) => upstream.name === name)

  /** Containers of these names that left the table with requests in flight. */
  draining = (names: Set<string>) => [...this.#retired].filter((upstream) => names.has(upstream.name))

  containers(): RouterStatus['containers'] {
    const found: RouterStatus['containers'] = {}
    for (const upstream of [...[...this.#upstreams()].map((each) => each.upstream), ...this.#retired]) {
      const { healthy, reason, inFlight, name, retired } = upstream
      const known = found[name] ?? { healthy: !retired, reason: retired ? 'drains' : reason, inFlight: 0 }
      const sick = !retired && !healthy && known.healthy
      found[name] = { healthy: known.healthy && (healthy || retired), reason: sick ? reason : known.reason, inFlight: known.inFlight + inFlight }
    }
    return found
  }

  serving = () =>
    Object.fromEntries([...this.#byId].map(([id, { upstreams }]) => [id, { containers: upstreams.length, healthy: upstreams.filter(({ healthy }) => healthy).length }]))

  inFlight = () => Object.values(this.containers()).reduce((sum, { inFlight }) => sum + inFlight, 0)

  cutEverything() {
    for (const { upstream } of this.#upstreams()) upstream.cut()
    for (const upstream of this.#retired) upstream.cut()
  }

  stop = () => this.#health.stop()
}

const keyOf = (endpoint: RouterEndpoint, container: { name: string; host: string; port: number }) =>
  JSON.stringify([endpoint.id, container.name, container.host, container.port, endpoint.health])
