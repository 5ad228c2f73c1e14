import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { config } from '../config.ts'
import { embeddedConnection } from './embedded.ts'
import { outliveLostConnections } from './lost-connections.ts'

export type Sql = postgres.Sql

/** A process that was stopped in the middle of a transaction keeps its locks no longer than this. */
const idleInTransactionMs = 8000
/** The library's own back-off grows to 20 s: longer than a runner has to renew its lease once the db is back. */
const reconnectSeconds = 0.1

/**
 * A connection pool to Davit's Postgres: DATABASE_URL, or the embedded one. Drizzle turns off a client's
 * parsers for instants and its serializer for JSON; it is given every pool, so that a statement written
 * by hand means the same on each: instants come as text, and JSON is passed as text.
 */
export function connect(options: postgres.Options<Record<string, postgres.PostgresType>> = {}): Sql {
  const settings = {
    max: 10,
    // See arrayOf.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'davit', idle_in_transaction_session_timeout: idleInTransactionMs },
    backoff: () => reconnectSeconds,
    ...options,
  }
  const client = config.databaseUrl
    ? postgres(config.databaseUrl, settings)
    : postgres({ ...embeddedConnection(config.dataPath), ...settings })
  drizzle(client)
  return outliveLostConnections(client)
}

// Next loads a module once per bundle: the pool must be one per process.
const shared = globalThis as typeof globalThis & { davitPool?: Sql }

/** The process's pool. */
export const sql = (shared.davitPool ??= connect())
export const db = drizzle(sql)

export type Db = typeof db
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0]
