import { join } from 'node:path'
import { followingMounts } from '../machine/argv.ts'
import { install, makePassable } from '../machine/install.ts'
import { once, worksHere } from '../machine/uids.ts'

/** Where git keeps its caches and finds what it runs, and who it is. */
export interface Git {
  /** Of the stack; the caches are below. */
  folder: string
  /** A uid that neither Davit nor any app runs as; null where there is none, and git is Davit's own user. */
  uid(): Promise<number | null>
  /** Whether a uid can be given a name here. */
  readonly names: boolean
  readonly scripts: Scripts
}

interface Scripts {
  askpass: string
  ssh: string
  tree: string
  users: string
  config: string
}

export function openGit(folder: string, uid: () => Promise<number | null>): Git {
  for (const path of [folder, join(folder, 'git')]) makePassable(path)
  const names = once(() => worksHere(['unshare', '--mount', ...followingMounts, 'true']))
  const scripts = once(() => ({
    askpass: install('git', 'askpass.sh', folder),
    ssh: install('git', 'ssh.sh', folder),
    tree: install('git', 'tree.sh', folder),
    users: install('git', 'users.sh', folder),
    config: install('git', 'git.config', folder),
  }))
  return {
    folder,
    uid,
    get names() {
      return names()
    },
    get scripts() {
      return scripts()
    },
  }
}

export const cachePath = ({ folder }: Pick<Git, 'folder'>, owner: number) => join(folder, 'git', String(owner))
