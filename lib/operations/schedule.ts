import { eq, sql as fragment } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { type DueReport, listDue } from '../report/due.ts'
import { start } from '../runner/start.ts'
import { report } from './report.ts'

const EVERY_MS = 5000
/** Between tries of a report that failed or was cancelled: a minute, then twice as long each time. */
const FIRST_WAIT_MS = 60_000
const LONGEST_WAIT_MS = 3600_000

const schedule: Actor = { kind: 'schedule', id: null, name: 'schedule', email: null, owner: true, scopes: {} }

/**
 * Asks for what is due at its time: the reports of weeks that have ended. Every runner does; they use the same key,
 * so that each report is asked for once.
 */
export function createSchedule(tell: (line: string) => void, everyMs = EVERY_MS): () => Promise<void> {
  let next = 0
  return async () => {
    if (performance.now() < next) return
    next = performance.now() + everyMs
    for (const due of await listDue()) {
      await askFor(due).catch((error: unknown) => {
        // No room on the disk, for one: it is asked for again by the next round.
        if (!(error instanceof Refusal)) throw error
        tell(`could not ask for a report of ${due.handle}: ${error.message}`)
      })
    }
  }
}

/** The operation that makes it, or null while one that went wrong is waited for. */
export async function askFor({ environmentId, week, part, since, until }: DueReport): Promise<{ id: number } | null> {
  for (let attempt = 0; ; attempt++) {
    const requestKey = `report:${environmentId}:${week}:${part}:${attempt}`
    const before = await lookUpAttempt(requestKey)
    if (!before) {
      const input = { environment: environmentId, since: since.toISOString(), until: until.toISOString() }
      return await start(report, input, schedule, { requestKey, source: 'schedule' })
    }
    // One that succeeded is not made again: if its report is missing, the verification has to say so.
    if (!before.wentWrong) return { id: before.id }
    if (before.waitedMs < Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)) return null
  }
}

async function lookUpAttempt(requestKey: string) {
  const [row] = await db
    .select({
      id: operations.id,
      wentWrong: fragment<boolean>`${operations.status} in ('failed', 'cancelled') or (${operations.status} = 'succeeded' and ${operations.leftovers} <> '[]')`,
      waitedMs: fragment<number>`coalesce(extract(epoch from clock_timestamp() - ${operations.finishedAt})::float8 * 1000, 0)`,
    })
    .from(operations)
    .where(eq(operations.requestKey, requestKey))
  return row
}
