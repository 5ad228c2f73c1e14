import type { SQL } from 'drizzle-orm'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { connect } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

/** Far more than any read of activity takes: it ends what a combination of filters makes endless. */
const patienceSeconds = 5
/** Their own, so that slow reads leave the process's other connections alone. */
const connectionsMax = 6
/** A process that reads nothing more is not kept from ending. */
const idleSeconds = 60

// Next loads a module once per bundle: the pool must be one per process.
const shared = globalThis as typeof globalThis & { davitReads?: PostgresJsDatabase }
const reads = () => (shared.davitReads ??= drizzle(connect({ max: connectionsMax, idle_timeout: idleSeconds, connection: { application_name: 'davit', statement_timeout: patienceSeconds * 1000 } })))

/**
 * One statement over what may be ten million rows.
 * @throws Refusal `unavailable` when the server gave up on it.
 */
export async function read<Row extends Record<string, unknown>>(statement: SQL) {
  try {
    return await reads().execute<Row>(statement)
  } catch (error) {
    if (!(error instanceof Error && wasGivenUp(error))) throw error
    throw new Refusal('unavailable', `What this filter asks for was not found within ${patienceSeconds} seconds. Narrow it: name an environment, an app or a resource, or give a range of time.`)
  }
}

/** SQLSTATE query_canceled. */
const wasGivenUp = ({ code, cause }: Error & { code?: unknown }): boolean => code === '57014' || (cause instanceof Error && wasGivenUp(cause))
