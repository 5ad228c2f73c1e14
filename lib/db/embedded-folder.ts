import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, link, lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Refusal } from '../refusal.ts'
import type { ServerUser } from './embedded-binaries.ts'
import { connectionFile, type EmbeddedConnection, readConnection, socketPath } from './embedded.ts'

/**
 * Makes sure the folder is there with its password and, in folders of mode 0700 of that user, the places
 * for the server's files and its socket.
 * @throws Refusal `unavailable` when that user could not get there, or a folder is somebody else's.
 */
export async function prepareFolder(home: string, user: ServerUser): Promise<EmbeddedConnection> {
  await mkdir(home, { recursive: true })
  await chmod(home, user ? 0o711 : 0o700)
  if (user) await letThrough(dirname(home))
  if (user) await refuseHidden(home, user)
  const connection = await agreeOnConnection(home)
  await ownFolder(dirname(connection.path), user)
  await ownFolder(join(home, 'server'), user)
  return connection
}

/** Only the data folder is ours to open; others may pass through it, not list it. */
async function letThrough(folder: string) {
  const { uid, mode } = await lstat(folder)
  if (uid === process.getuid?.() && !(mode & 0o001)) await chmod(folder, (mode & 0o777) | 0o011)
}

async function refuseHidden(home: string, user: { uid: number }) {
  for (let path = dirname(await realpath(home)); path !== dirname(path); path = dirname(path)) {
    const { mode, uid } = await lstat(path)
    if (mode & 0o001 || uid === user.uid) continue
    const shown = (mode & 0o777).toString(8)
    throw new Refusal(
      'unavailable',
      `Postgres runs as uid ${user.uid} and cannot pass through ${path} (mode ${shown}). Set DAVIT_DATA to a folder such as /var/lib/davit, or DATABASE_URL to use another server.`,
    )
  }
}

/** A folder that belongs to somebody else is refused: its owner could listen in our place. */
async function ownFolder(path: string, user: ServerUser) {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  const ours = process.getuid?.() ?? found.uid
  if (!found.isDirectory() || (found.uid !== ours && found.uid !== user?.uid)) throw new Refusal('unavailable', `${path} belongs to somebody else`)
  if (user) await chown(path, user.uid, user.gid)
  await chmod(path, 0o700)
}

/** Written once and whole: of two starts at the same time, the first one's password stands. */
async function agreeOnConnection(home: string) {
  const file = connectionFile(home)
  if (existsSync(file)) return readConnection(home)
  const connection: EmbeddedConnection = { path: socketPath(home), user: 'davit', database: 'davit', password: randomBytes(24).toString('base64url') }
  const partial = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(partial, JSON.stringify(connection), { mode: 0o600, flush: true })
  await link(partial, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(partial)
  return readConnection(home)
}
