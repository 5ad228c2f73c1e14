import { execFile } from 'node:child_process'
import { mkdtemp, chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { currentRun } from './run.ts'

const run = promisify(execFile)

/** A file's text by its name; null takes it away. */
export type Tree = Record<string, string | null>

/** A git repository with a branch for each entry, in this order; each begins where `main`, the first, ends. */
export async function makeRepository(main: Tree, branches: Record<string, Tree> = {}): Promise<string> {
  const folder = await mkdtemp(join(currentRun().folder, 'repositories/'))
  await chmod(folder, 0o755)
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  await commit(folder, main, 'Begin')
  for (const [branch, tree] of Object.entries(branches)) {
    await git(folder, 'checkout', '--quiet', '-b', branch, 'main')
    await commit(folder, tree, `Make it ${branch}`)
  }
  await git(folder, 'checkout', '--quiet', 'main')
  return folder
}

export async function commit(folder: string, tree: Tree, message: string): Promise<void> {
  for (const [name, text] of Object.entries(tree)) {
    if (text === null) await rm(join(folder, name))
    else await writeFile(join(folder, name), text)
  }
  await git(folder, 'add', '--all')
  await git(folder, '-c', 'user.name=Test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', message)
}

async function git(folder: string, ...rest: string[]) {
  await run('git', ['-C', folder, ...rest], { env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' } })
}
