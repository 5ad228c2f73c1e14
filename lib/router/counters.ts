import type { EndpointCounters } from './table.ts'

/** What was counted, per endpoint. */
export class Counters {
  readonly #byEndpoint: Map<number, EndpointCounters>
  changed = false

  constructor(kept: Record<string, EndpointCounters>) {
    this.#byEndpoint = new Map(Object.entries(kept).map(([id, counters]) => [Number(id), counters]))
  }

  add(endpointId: number, what: keyof EndpointCounters) {
    const counters = this.#byEndpoint.get(endpointId) ?? { requests: 0, lost: 0, maintenance: 0 }
    counters[what]++
    this.#byEndpoint.set(endpointId, counters)
    this.changed = true
  }

  all = (): Record<number, EndpointCounters> => Object.fromEntries(this.#byEndpoint)
}
