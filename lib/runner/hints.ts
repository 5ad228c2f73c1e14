import type { Sql } from '../db/client.ts'
import { isOutage } from './outage.ts'

const SOON_MS = 20

export type Channel = 'davit_operations' | 'davit_logs'

/**
 * Tells readers of the db that something about an operation has changed, many at once and after its commit: a
 * commit that notifies holds a lock that every other such commit of the whole server waits for. A hint that is
 * lost costs a reader a moment; states that may be the last ones are told by their own commit.
 */
export function createHints(sql: Sql, failed: (error: unknown) => void): (channel: Channel, operationId: number) => void {
  let waiting = new Set<string>()
  async function tell() {
    const hints = [...waiting].map((hint) => hint.split(' '))
    waiting = new Set()
    await sql`select pg_notify(channel, about) from unnest(${hints.map(([channel]) => channel!)}::text[], ${hints.map(([, about]) => about!)}::text[]) as hint(channel, about)`
  }
  return (channel, operationId) => {
    if (waiting.size === 0) {
      setTimeout(() => void tell().catch((error: unknown) => {
        if (!isOutage(error)) failed(error)
      }), SOON_MS)
    }
    waiting.add(`${channel} ${operationId}`)
  }
}
