import type { Sql } from '../db/client.ts'
import { throughOutages } from './outage.ts'
import { arrayOf } from '../db/array.ts'

const SOON_MS = 20

export type Channel = 'davit_operations' | 'davit_logs' | 'davit_ready'

/**
 * Tells readers of the db that something about an operation has changed, many at once and after its commit: a
 * commit that notifies holds a lock that every other such commit of the whole server waits for. What a runner
 * died over before it could tell is made good by whoever declares it dead.
 */
export function createHints(sql: Sql, alive: () => boolean, failed: (error: unknown) => void): (channel: Channel, operationId: number) => void {
  let waiting = new Set<string>()
  async function tell() {
    const hints = [...waiting].map((hint) => hint.split(' '))
    waiting = new Set()
    await throughOutages(
      () => sql`select pg_notify(channel, about) from unnest(${arrayOf(hints.map(([channel]) => channel!))}::text[], ${arrayOf(hints.map(([, about]) => about!))}::text[]) as hint(channel, about)`,
      alive,
    )
  }
  return (channel, operationId) => {
    if (waiting.size === 0) setTimeout(() => void tell().catch((error: unknown) => alive() && failed(error)), SOON_MS)
    waiting.add(`${channel} ${operationId}`)
  }
}
