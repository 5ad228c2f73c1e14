import { setTimeout as delay } from 'node:timers/promises'
import { config } from '../config.ts'
import { embeddedConnection } from '../db/embedded.ts'
import { startEmbeddedPostgres } from '../db/embedded-server.ts'
import { migrateDatabase } from '../db/migrate.ts'

const watchSeconds = 5

/** Postgres, unless DATABASE_URL names one, and the newest migration. */
export async function prepareDatabase(): Promise<void> {
  if (!config.databaseUrl) await startEmbeddedPostgres(config.dataPath)
  await migrateDatabase(config.databaseUrl ?? embeddedConnection(config.dataPath))
}

/** Starts the embedded Postgres again when it is gone. */
export async function watchDatabase(stopped: AbortSignal): Promise<void> {
  while (!config.databaseUrl && !stopped.aborted) {
    await delay(watchSeconds * 1000, undefined, { signal: stopped }).catch(() => {})
    if (stopped.aborted) return
    const found = await startEmbeddedPostgres(config.dataPath).catch((error: Error) => console.error(error.message))
    if (found && !found.adopted) console.error('Postgres was gone and has been started again.')
  }
}
