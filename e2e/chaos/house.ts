import { rmSync } from 'node:fs'
import { config } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '#lib/db/embedded-server.ts'
import { stopProcess } from '#lib/start/processes.ts'
import { startRouter } from '#lib/start/router.ts'
import { killEverythingOf } from './processes.ts'

export async function openHouse(): Promise<void> {
  await startRouter()
}

/** Ends what belongs to this run, in the order in which it depends on each other; then whatever else bears its folder's name. */
export async function closeHouse(folder: string, keep: boolean): Promise<number> {
  await sql.end({ timeout: 2 }).catch(() => {})
  await stopProcess('router', 5)
  await stopEmbeddedPostgres(config.dataPath).catch(() => {})
  const left = await killEverythingOf(folder)
  if (!keep) rmSync(folder, { recursive: true, force: true })
  return left
}

/** The postmaster's pid; starts it when it is away. */
export async function postgresPid(): Promise<number> {
  return (await startEmbeddedPostgres(config.dataPath)).pid
}
