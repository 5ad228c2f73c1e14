import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import type { Sql } from './client.ts'
import type { embeddedConnection } from './embedded.ts'

/** Any number that nothing else in this database locks. */
const migrationLock = 7_232_016
const migrationsFolder = join(import.meta.dirname, '../../drizzle')

/**
 * Brings the database to the newest migration. Safe to call from any number of processes at once: drizzle's
 * migrator does not lock, so the lock and the migrations share one connection.
 */
export async function migrateDatabase(where: string | ReturnType<typeof embeddedConnection>, folder = migrationsFolder): Promise<void> {
  const options = { max: 1, onnotice: () => {} }
  const sql = typeof where === 'string' ? postgres(where, options) : postgres({ ...where, ...options })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    await migrate(drizzle(sql), { migrationsFolder: folder })
  } finally {
    await sql.end()
  }
}

/** As when the code was brought up to date under a Davit that runs: what it would write has no place yet. @throws Error saying what to do */
export async function refuseOlderDatabase(sql: Sql): Promise<void> {
  const newest = readMigrationFiles({ migrationsFolder }).at(-1)!.folderMillis
  const [row] = await sql<{ at: string | null }[]>`select max(created_at) as at from drizzle.__drizzle_migrations`
  if (Number(row?.at ?? 0) < newest) throw new Error('The db is older than this version of Davit. Stop Davit with Ctrl-C and start it again: npm start brings the db up to date.')
}
