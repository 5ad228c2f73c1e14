import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Options for postgres.js. The password is kept in a file of mode 0600 and nowhere else. */
export interface EmbeddedConnection {
  /** The Unix socket itself; there is no TCP port. */
  path: string
  user: string
  database: string
  password: string
}

/** Everything of the embedded Postgres of a data folder. */
export const homeOf = (folder: string) => resolve(/* turbopackIgnore: true */ folder, 'postgres')

/**
 * How to reach the embedded Postgres of that data folder (DAVIT_DATA). Starts nothing, so it serves every
 * process of Davit; and never throws: where no server was started yet, as during a build, the password is
 * looked up when a connection is made.
 */
export function embeddedConnection(folder: string): Omit<EmbeddedConnection, 'password'> & { password: string | (() => string) } {
  const home = homeOf(folder)
  if (existsSync(connectionFile(home))) return readConnection(home)
  return { path: socketPath(home), user: 'davit', database: 'davit', password: () => readConnection(home).password }
}

export const connectionFile = (home: string) => join(home, 'connection.json')

export const readConnection = (home: string) => JSON.parse(readFileSync(connectionFile(home), 'utf8')) as EmbeddedConnection

/** sockaddr_un holds 108 bytes with the closing zero, and Postgres makes a lock file beside its socket. */
const socketPathBytesMax = 107 - '.lock'.length

/** In the folder, or where that path would be too long, in a short one that its owner alone may enter. */
export function socketPath(home: string): string {
  const inside = join(home, 'socket', '.s.PGSQL.5432')
  if (Buffer.byteLength(inside) <= socketPathBytesMax) return inside
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 16)
  return join(tmpdir(), `davit-${hash}`, '.s.PGSQL.5432')
}
