import { followingMounts, type Argv } from '../machine/argv.ts'

/** In a mount namespace of its own, where a file stands for the machine's list of users. */
export function amongUsers(script: string, users: string, command: Argv): Argv {
  return ['unshare', '--mount', ...followingMounts, '/bin/sh', script, users, ...command]
}

// Nothing a repository or a machine's own configuration says may run a command here.
const git: Argv = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false', '-c', 'core.fsmonitor=false']

export const gitCommands = {
  init: (cache: string): Argv => [...git, 'init', '--quiet', '--bare', cache],
  fetchRef: (cache: string, url: string, ref: string): Argv =>
    [...git, '-C', cache, 'fetch', '--quiet', '--no-tags', '--depth=1', '--end-of-options', url, ref],
  /** Everything, with history: the only way to a short commit id, or to a commit a server does not hand out by itself. */
  fetchAll: (cache: string, url: string): Argv =>
    [...git, '-C', cache, 'fetch', '--quiet', '--no-tags', '--depth=2147483647', '--force', '--end-of-options', url,
      '+refs/heads/*:refs/davit/heads/*', '+refs/tags/*:refs/davit/tags/*'],
  commitOf: (cache: string, revision: string): Argv =>
    [...git, '-C', cache, 'rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`],
  keep: (cache: string, commit: string): Argv => [...git, '-C', cache, 'update-ref', `refs/davit/kept/${commit}`, commit],
  entryOf: (cache: string, commit: string, name: string): Argv => [...git, '-C', cache, 'ls-tree', '--long', '--end-of-options', commit, '--', name],
  contentOf: (cache: string, blob: string): Argv => [...git, '-C', cache, 'cat-file', 'blob', blob],
  readTree: (cache: string, commit: string): Argv => [...git, '-C', cache, 'read-tree', '--end-of-options', commit],
  checkOut: (cache: string, tree: string): Argv =>
    [...git, '-c', 'core.bare=false', `--git-dir=${cache}`, `--work-tree=${tree}`, 'checkout-index', '--all', '--force'],
}
