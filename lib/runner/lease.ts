import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from '../db/client.ts'
import { isOutage } from '../db/outage.ts'

/** Another runner has declared this one dead: nothing it does counts any more. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease of this runner was taken away')
    this.name = 'LeaseLost'
  }
}

export interface Lease {
  /** Resolves while the lease is surely held, waits while that is in doubt, rejects with LeaseLost. */
  held(): Promise<void>
  /** Seconds of unbroken contact with the db; what a runner needs before it may call another dead. */
  contactSeconds(): number
  stop(): void
}

/**
 * Renews a runner's lease five times in its length. The db's clock alone decides when it expires; this
 * process trusts its last success only for four fifths of the lease, counted from before the renewal was
 * sent, so that a process that wakes from a pause finds itself in doubt before it acts.
 */
export function keepLease(sql: Sql, runnerId: string, leaseSeconds: number, hooks: { onLost(): void; onDefect(error: unknown): void }): Lease {
  const trustMs = leaseSeconds * 800
  // In doubt until the first renewal: what was read before may have been paused over.
  let trustedUntil = -Infinity
  let contactSince: number | null = null
  let answeredAt = -Infinity
  let lost = false
  const stopped = new AbortController()
  let renewed = Promise.withResolvers<void>()

  async function renew() {
    const sentAt = performance.now()
    try {
      const rows = await sql`
        update runners set lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseSeconds})
        where id = ${runnerId} and state in ('live', 'draining') returning id`
      if (rows.length === 0) return lose()
      trustedUntil = sentAt + trustMs
      // After so long a silence the db was away, and leases of runners that have not yet found back may have run out.
      if (contactSince === null || performance.now() - answeredAt > leaseSeconds * 500) contactSince = performance.now()
      answeredAt = performance.now()
    } catch (error) {
      if (!isOutage(error)) throw error
      contactSince = null
    }
    renewed.resolve()
    renewed = Promise.withResolvers<void>()
  }

  function lose() {
    if (stopped.signal.aborted) return
    lost = true
    stopped.abort()
    renewed.resolve()
    hooks.onLost()
  }

  async function beat() {
    while (!stopped.signal.aborted) {
      await renew()
      await pause(leaseSeconds * 200, undefined, { signal: stopped.signal, ref: false }).catch(() => {})
    }
  }
  beat().catch((error: unknown) => {
    if (!stopped.signal.aborted) hooks.onDefect(error)
  })

  return {
    async held() {
      while (!lost && performance.now() >= trustedUntil) await renewed.promise
      if (lost) throw new LeaseLost()
    },
    contactSeconds: () => (contactSince === null ? 0 : (performance.now() - contactSince) / 1000),
    stop: () => stopped.abort(),
  }
}
