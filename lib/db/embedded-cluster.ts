import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Refusal } from '../refusal.ts'
import { serverEnv, type ServerUser } from './embedded-binaries.ts'
import type { EmbeddedConnection } from './embedded.ts'

const run = promisify(execFile)
const settings = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

export const clusterOf = (home: string) => join(home, 'server', 'cluster')

/**
 * Makes the cluster of that folder, unless it is there. It appears under its name only when it is whole.
 * @throws Refusal `unavailable` with initdb's own words.
 */
export async function makeCluster(home: string, binaries: string, user: ServerUser, connection: EmbeddedConnection): Promise<void> {
  if (existsSync(clusterOf(home))) return
  const making = join(home, `making-${randomBytes(4).toString('hex')}`)
  try {
    await initialize(making, binaries, user && (await maker()), connection)
    if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, join(making, 'cluster')])
    await rename(join(making, 'cluster'), clusterOf(home))
  } catch (error) {
    // Of two starts at once one made it first; its cluster stands.
    if (!existsSync(clusterOf(home))) throw new Refusal('unavailable', `Postgres cannot make its files: ${(error as Error).message}`)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

async function initialize(making: string, binaries: string, as: ServerUser, connection: EmbeddedConnection) {
  await mkdir(making, { mode: 0o700 })
  const password = join(making, 'password')
  await writeFile(password, connection.password, { mode: 0o600 })
  if (as) for (const path of [making, password]) await chown(path, as.uid, as.gid)
  const args = ['-D', join(making, 'cluster'), '-U', connection.user, `--pwfile=${password}`, ...settings]
  await run(join(binaries, 'bin/initdb'), args, { ...as, cwd: '/', env: serverEnv })
}

/** initdb, unlike the server, insists on a uid with a name. `nobody` makes the files, in a folder of mode 0700, then they are given away. */
async function maker() {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)))
  return { uid: uid as number, gid: gid as number }
}
