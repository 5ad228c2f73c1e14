import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Options for postgres.js. The password never leaves a file of mode 0600. */
export interface EmbeddedConnection {
  /** The Unix socket itself; there is no TCP port. */
  path: string
  user: string
  database: string
  password: string
}

/** Everything of the embedded Postgres of a data folder. */
export const homeOf = (folder: string) => resolve(folder, 'postgres')

/**
 * How to reach the embedded Postgres of that data folder (DAVIT_DATA). Starts nothing, so it serves every process of Davit.
 * @throws Refusal `unavailable` when no server was ever started there.
 */
export function embeddedConnection(folder: string): EmbeddedConnection {
  try {
    return JSON.parse(readFileSync(join(homeOf(folder), 'connection.json'), 'utf8')) as EmbeddedConnection
  } catch (error) {
    throw new Refusal('unavailable', `No embedded Postgres in ${folder} (${(error as Error).message}). Run: npm start`)
  }
}
