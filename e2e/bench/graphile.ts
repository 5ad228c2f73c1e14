import { dirname } from 'node:path'
import { Logger, makeWorkerUtils } from 'graphile-worker'
import { config } from '#lib/config.ts'
import { sql } from '#lib/db/client.ts'
import { homeOf, readConnection } from '#lib/db/embedded.ts'

const database = 'graphile'
export const quiet = new Logger(() => () => {})

/** A database of its own on the same Postgres. */
export function graphileConnection(): string {
  const { path, user, password } = readConnection(homeOf(config.dataPath))
  return `postgresql://${user}:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(dirname(path))}`
}

export async function openGraphile() {
  const [found] = await sql`select 1 from pg_database where datname = ${database}`
  if (!found) await sql`create database ${sql(database)}`
  const utils = await makeWorkerUtils({ connectionString: graphileConnection(), logger: quiet })
  await utils.migrate()
  return utils
}
