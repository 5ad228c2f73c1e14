import type { StopSignal } from '../driver.ts'
import { asUid, followingMounts, type Argv } from '../machine/argv.ts'

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
  /** Where its volume lies. */
  volume: string | null
  /** For the command alone; null: SIGTERM, for all of it. */
  stopSignal: StopSignal | null
}

/** Where a container in namespaces finds its files; what the host has there is an empty folder. */
export const room = '/run/davit-container'

/** What runs a container: an outer process whose death takes all of it along. */
export function containerCommand({ namespaces, uid, image, folder, kind, scripts, command, volume, stopSignal }: ContainerCommand): Argv {
  const everybody = namespaces ? '-1' : '0'
  const init = ['/bin/sh', scripts.init, stopSignal === null ? everybody : 'command', (stopSignal ?? 'SIGTERM').slice('SIG'.length), command]
  if (!namespaces) return uid === null ? (init as Argv) : asUid(uid, init)
  // The kernel forgets the death signal that unshare asked for when the uid changes, so it is asked for again.
  const inner = uid === null ? init : dyingWithParent(asUid(uid, init))
  return inNamespaces(['/bin/sh', scripts.root, room, image, folder, kind, volume ?? '', ...inner])
}

export function inNamespaces(command: string[]): Argv {
  return ['unshare', '--pid', '--fork', '--kill-child=SIGKILL', ...followingMounts, '--mount-proc', ...command]
}

function dyingWithParent([setpriv, ...rest]: Argv): Argv {
  return [setpriv, '--pdeathsig=KILL', ...rest]
}

/** Frees the blocks of the head of a file; sizes and positions stay as they are, and no byte written meanwhile is lost. */
export function punchHole(path: string, length: number): Argv {
  return ['fallocate', '--punch-hole', '--offset', '0', '--length', String(length), path]
}

/** Links below are changed themselves, never followed. */
export function changeOwner(path: string, uid: number): Argv {
  return ['chown', '-hR', `${uid}:${uid}`, path]
}
