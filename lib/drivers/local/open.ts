import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asUid, inNamespaces, room } from './commands.ts'
import { openContainerFolders, type ContainerFolders } from './container-folder.ts'
import { openLocks, type Locks } from './lock.ts'
import { openReservations, openUids, type NumberRange, type Reservations, type Uids } from './reservation.ts'

export interface LocalOptions {
  /** Of this stack. */
  folder: string
  /** Where ports and uids are noted: the same for all local stacks of this machine. */
  machine: string
  ports: NumberRange
  uids: NumberRange
  /** False runs containers as Davit's own user, in its own namespaces. */
  isolate?: boolean
  /** What one container's output may take on disk. */
  outputBytesMax?: number
}

export interface Scripts {
  root: string
  init: string
  askpass: string
  ssh: string
  tree: string
  users: string
  gitConfig: string
}

export interface Isolation {
  namespaces: boolean
  uids: boolean
  /** Why not, when either is missing. */
  reason: string | null
}

/** What every part of the driver works with. */
export interface Local {
  folder: string
  folders: ContainerFolders
  /** One set for short holds, by container; one for long ones, by owner of images. The second is taken first. */
  nameLocks: Locks
  imageLocks: Locks
  /** For looks at sources, whose number is bounded. */
  lookLocks: Locks
  ports: Reservations
  /** Null where apps have no uid of their own. */
  uidOf(holder: string): Promise<number | null>
  uids: Uids
  /** Found out when first asked for, as both take time that a reader of logs need not spend. */
  readonly isolation: Isolation
  readonly scripts: Scripts
  outputBytesMax: number
}

export function openLocal(options: LocalOptions): Local {
  const folder = resolve(options.folder)
  const machine = resolve(options.machine)
  mkdirSync(machine, { recursive: true, mode: 0o700 })
  for (const part of ['.', 'images', 'git']) makePassable(join(folder, part))
  endPackage(folder)
  const machineLocks = openLocks(join(machine, 'locks'))
  const uids = openUids(join(machine, 'uids'), options.uids, machineLocks)
  const scripts = once(() => installScripts(folder))
  const isolation = once(() => (options.isolate === false ? { namespaces: false, uids: false, reason: 'it is switched off' } : probeIsolation(folder)))
  return {
    folder,
    folders: openContainerFolders(folder),
    nameLocks: openLocks(join(folder, 'locks', 'containers')),
    imageLocks: openLocks(join(folder, 'locks', 'images')),
    lookLocks: openLocks(join(folder, 'locks', 'looks')),
    ports: openReservations(join(machine, 'ports'), options.ports, 'ports', machineLocks),
    uidOf: async (holder) => (isolation().uids ? uids.of(holder) : null),
    uids,
    get isolation() {
      return isolation()
    },
    get scripts() {
      return scripts()
    },
    outputBytesMax: options.outputBytesMax ?? 64 * 1024 * 1024,
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null
  return () => (made ??= { value: make() }).value
}

/** Apps may pass through to what is theirs, and list nothing. */
function makePassable(path: string): void {
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o711)
}

/** Below a checkout of Davit, Node would take an app without a package.json for a part of Davit's own package. */
function endPackage(folder: string): void {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) writeFileSync(path, '{}', { mode: 0o644 })
}

// The web asks git, too. Bundled into it, this file has no folder of its own; every process of Davit runs in the root.
const scriptsFolder = import.meta.dirname ?? join(process.cwd(), 'lib/drivers/local')

export function installScripts(folder: string): Scripts {
  return {
    root: install(folder, 'container-root.sh'),
    init: install(folder, 'container-init.sh'),
    askpass: install(folder, 'git-askpass.sh'),
    ssh: install(folder, 'git-ssh.sh'),
    tree: install(folder, 'git-tree.sh'),
    users: install(folder, 'git-users.sh'),
    gitConfig: install(folder, 'git.config'),
  }
}

/**
 * Copied to where every uid may read it. A shell reads its script bit by bit, so a running one is never
 * overwritten: another content is another name.
 */
function install(folder: string, name: string): string {
  const text = readFileSync(join(scriptsFolder, name))
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const path = join(folder, `${digest}-${name}`)
  if (existsSync(path)) return path
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o755 })
  chmodSync(draft, 0o755)
  renameSync(draft, path)
  return path
}

/** Tried rather than guessed: containers and hardened kernels take these rights from root one by one. */
function probeIsolation(folder: string): Isolation {
  if (process.platform !== 'linux') return { namespaces: false, uids: false, reason: 'that needs Linux' }
  if (process.getuid?.() !== 0) return { namespaces: false, uids: false, reason: 'that needs Davit to run as root' }
  const uids = worksHere(asUid(65_534, ['true']))
  const passable = !uids || worksHere(asUid(65_534, ['stat', join(folder, 'images', '.')]))
  const namespaces = mountsLayers(folder)
  const missing = [
    uids ? null : 'setpriv (of util-linux) does not work',
    passable ? null : `a folder above ${folder} lets no other user pass (chmod o+x mends that)`,
    namespaces ? null : 'unshare with an overlay mount does not work',
  ]
  return { namespaces, uids: uids && passable, reason: missing.filter((text) => text !== null).join(' and ') || null }
}

/**
 * In a folder of its own: two mounts at once that share one get in each other's way, and a runner would
 * isolate nothing. Not by container-root.sh, which the dashboard, where it is bundled, does not find.
 */
function mountsLayers(folder: string): boolean {
  const probe = mkdtempSync(join(folder, 'probe-'))
  try {
    mkdirSync(room, { recursive: true })
    for (const part of ['image', 'upper', 'work']) mkdirSync(join(probe, part))
    return worksHere(inNamespaces(['mount', '-t', 'overlay', '-o', 'lowerdir=image,upperdir=upper,workdir=work', 'overlay', room]), probe)
  } catch (error) {
    if (isNoPlace(error)) return false
    throw error
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

/** The room of the containers cannot be made on this machine. */
function isNoPlace(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** A probe that did not end by itself, as in a process that was paused, has found nothing out. */
function worksHere([program, ...args]: string[], cwd?: string): boolean {
  for (let tries = 1; ; tries++) {
    const { status, signal } = spawnSync(program as string, args, { cwd, stdio: 'ignore', timeout: 10_000 })
    if (signal === null || tries === 3) return status === 0
  }
}
