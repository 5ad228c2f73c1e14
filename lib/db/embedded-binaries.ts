import { execFile } from 'node:child_process'
import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPostgresPackage, linkLibraries } from '../postgres-package.ts'
import { Refusal } from '../refusal.ts'
import { inSentence } from '../sentence.ts'

const run = promisify(execFile)

/** Whom Postgres runs as; null: as ourselves. */
export type ServerUser = { uid: number; gid: number } | null

/** Nothing of Davit's own environment reaches Postgres. */
export const serverEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } as unknown as NodeJS.ProcessEnv

/**
 * The folder with bin/postgres and bin/initdb, proved to run as that user. When the package lies where the
 * user may not search (a checkout in a home of mode 0700), it is copied below `folder` first.
 * @throws Refusal `unavailable` when there is no package for this platform or it cannot run.
 */
export async function findBinaries(folder: string, user: ServerUser): Promise<string> {
  const { native, version } = await findPostgresPackage()
  const failure = await problemWith(native, user)
  if (!failure) return native
  const copy = join(folder, `native-${version}`)
  if (!(await problemWith(copy, user))) return copy
  await copyBinaries(native, copy)
  const remaining = await problemWith(copy, user)
  if (remaining) throw new Refusal('unavailable', `The embedded Postgres does not run here: ${inSentence(remaining)}. Set DATABASE_URL to use another server.`)
  return copy
}

async function problemWith(native: string, user: ServerUser): Promise<string | null> {
  try {
    await linkLibraries(native)
    await run(join(native, 'bin/postgres'), ['--version'], { ...user, env: serverEnv, cwd: '/' })
    return null
  } catch (error) {
    return (error as Error).message.trim()
  }
}

async function copyBinaries(native: string, copy: string) {
  const partial = `${copy}.${process.pid}`
  await cp(native, partial, { recursive: true, verbatimSymlinks: true })
  await run('chmod', ['-R', 'go+rX', partial])
  await rm(copy, { recursive: true, force: true })
  await rename(partial, copy)
}
