import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { config, inherited } from '../config.ts'

const run = promisify(execFile)

/**
 * The path of a git repository with the sample app, made on first use. Its branch `broken` listens on the
 * wrong port, so that a first failing deploy is one click away too.
 */
export async function sampleSource(): Promise<string> {
  const path = join(config.dataPath, 'sample')
  const made = await stat(join(path, '.git')).then(() => true, () => false)
  if (made) return path
  const draft = await mkdtemp(`${path}-`)
  try {
    await fill(draft)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Of two first visits at once, one repository wins and is whole.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  return path
}

async function fill(draft: string) {
  // Bundled into the web, this file has no folder of its own; every process of Davit runs in the root.
  await cp(join(process.cwd(), 'lib/app/sample'), draft, { recursive: true })
  await git(draft, 'init', '--quiet', '--initial-branch=main')
  await commit(draft, 'Say hello')
  await git(draft, 'checkout', '--quiet', '-b', 'broken')
  await writeFile(join(draft, 'Procfile'), 'web: PORT=0 node server.js\nworker: node worker.js\n')
  await commit(draft, 'Listen on the wrong port')
  await git(draft, 'checkout', '--quiet', 'main')
  // Git reads it under a uid of its own; the draft's folder, and whatever the umask closed, is ours alone.
  await run('chmod', ['-R', 'a+rX', draft])
  // mkdtemp keeps it to ourselves, but sources are fetched under a uid that owns nothing of ours.
  await chmod(draft, 0o755)
}

async function commit(folder: string, message: string) {
  await git(folder, 'add', '--all')
  await git(folder, '-c', 'user.name=Davit', '-c', 'user.email=davit@localhost', 'commit', '--quiet', '--message', message)
}

async function git(folder: string, ...rest: string[]) {
  // Whoever runs Davit may sign their commits, or have hooks: none of that is meant here.
  const env = { ...inherited, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  await run('git', ['-C', folder, ...rest], { timeout: 30_000, env })
}
