export interface ContainerCommand {
  /** Pid and mount namespaces of its own. */
  namespaces: boolean
  /** Null: the user Davit runs as. */
  uid: number | null
  /** Both relative to the stack's folder, where the command starts; the second is the container's own. */
  image: string
  folder: string
  /** A build works in the image itself, a run in a layer over it. */
  kind: 'build' | 'run'
  scripts: { root: string; init: string }
  command: string
}

export type Argv = [string, ...string[]]

/** Where a container in namespaces finds its files; what the host has there is an empty folder. */
export const room = '/run/davit-container'

/** What runs a container: an outer process whose death takes all of it along. */
export function containerCommand({ namespaces, uid, image, folder, kind, scripts, command }: ContainerCommand): Argv {
  const init = ['/bin/sh', scripts.init, namespaces ? '-1' : '0', command]
  if (!namespaces) return uid === null ? (init as Argv) : asUid(uid, init)
  // The kernel forgets the death signal that unshare asked for when the uid changes, so it is asked for again.
  const inner = uid === null ? init : dyingWithParent(asUid(uid, init))
  return inNamespaces(['/bin/sh', scripts.root, room, image, folder, kind, ...inner])
}

export function inNamespaces(command: string[]): Argv {
  return ['unshare', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc', ...command]
}

/** Gives up root, for good. */
export function asUid(uid: number, command: string[]): Argv {
  const given = ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all']
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, ...given, ...command]
}

function dyingWithParent([setpriv, ...rest]: Argv): Argv {
  return [setpriv, '--pdeathsig=KILL', ...rest]
}

/** In a mount namespace of its own, where a file stands for the machine's list of users. */
export function amongUsers(script: string, users: string, command: Argv): Argv {
  return ['unshare', '--mount', '/bin/sh', script, users, ...command]
}

/** Frees the blocks of the head of a file; sizes and positions stay as they are, and no byte written meanwhile is lost. */
export function punchHole(path: string, length: number): Argv {
  return ['fallocate', '--punch-hole', '--offset', '0', '--length', String(length), path]
}

/** Links below are changed themselves, never followed. */
export function changeOwner(path: string, uid: number): Argv {
  return ['chown', '-hR', `${uid}:${uid}`, path]
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
