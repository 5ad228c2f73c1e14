import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import type { embeddedConnection } from './embedded.ts'

/** Any number that nothing else in this database locks. */
const migrationLock = 7_232_016

/**
 * Brings the database to the newest migration. Safe to call from any number of processes at once: drizzle's
 * migrator does not lock, so the lock and the migrations share one connection.
 */
export async function migrateDatabase(where: string | ReturnType<typeof embeddedConnection>, folder = join(import.meta.dirname, '../../drizzle')): Promise<void> {
  const options = { max: 1, onnotice: () => {} }
  const sql = typeof where === 'string' ? postgres(where, options) : postgres({ ...where, ...options })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    await migrate(drizzle(sql), { migrationsFolder: folder })
  } finally {
    await sql.end()
  }
}
