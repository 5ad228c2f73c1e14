import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ContainerName, Place } from '../driver.ts'
import { openGit, type Git } from '../git/open.ts'
import { install, makePassable } from '../machine/install.ts'
import { openLocks, type Locks } from '../machine/lock.ts'
import { openReservations, openUids, type NumberRange, type Reservations, type Uids } from '../machine/reservation.ts'
import { once, whyNoUids, whyNotRoot, worksHere } from '../machine/uids.ts'
import { inNamespaces, room } from './commands.ts'
import { openListeners, type Listeners } from './listeners.ts'
import type { Ready } from './prepare.ts'
import { openPlaces, type Places } from './places.ts'
import { volumeCommands } from './volume-commands.ts'
import { openVolumeStore, type VolumeStore } from './volume-store.ts'
import { openContainerFolders, type ContainerFolders } from './container-folder.ts'

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
  /** Where volumes lie; absent: below the stack's folder. */
  places?: { name: Place; folder?: string | undefined }[]
  /** Left free on every place, in megabytes. */
  reserveMb?: number
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
  /** What this process has made ready to be started. */
  ready: Map<ContainerName, Ready>
  imageLocks: Locks
  /** For looks at sources, whose number is bounded. */
  lookLocks: Locks
  ports: Reservations
  /** Null where apps have no uid of their own. */
  uidOf(holder: string): Promise<number | null>
  uids: Uids
  /** Found out when first asked for, as both take time that a reader of logs need not spend. */
  readonly isolation: Isolation
  readonly scripts: { root: string; init: string }
  git: Git
  outputBytesMax: number
  places: Places
  placeLocks: Locks
  volumes: VolumeStore
  /** Whether a volume is a filesystem of its size. */
  readonly sizes: boolean
  /** By volume, and by whom a container listens as; the second is taken first, and both after that of the container. */
  volumeLocks: Locks
  listenerLocks: Locks
  listeners: Listeners
}

export function openLocal(options: LocalOptions): Local {
  const folder = resolve(options.folder)
  const machine = resolve(options.machine)
  mkdirSync(machine, { recursive: true, mode: 0o700 })
  for (const part of ['.', 'images']) makePassable(join(folder, part))
  endPackage(folder)
  const machineLocks = openLocks(join(machine, 'locks'))
  const uids = openUids(join(machine, 'uids'), options.uids, machineLocks)
  const scripts = once(() => ({ root: install('local', 'container-root.sh', folder), init: install('local', 'container-init.sh', folder) }))
  const isolation = once(() => (options.isolate === false ? { namespaces: false, uids: false, reason: 'it is switched off' } : probeIsolation(folder)))
  const ports = openReservations(join(machine, 'ports'), options.ports, 'ports', machineLocks)
  const placeLocks = openLocks(join(folder, 'locks', 'places'))
  const places = openPlaces({
    folder,
    places: (options.places ?? [{ name: 'local' }]).map((place) => ({ name: place.name, folder: place.folder ?? belowStack(folder) })),
    reserveMb: options.reserveMb ?? 0,
    locks: placeLocks,
  })
  const sizes = once(() => isolation().namespaces && isolation().uids && mountsImages(folder))
  const uidOf = async (holder: string) => (isolation().uids ? await uids.of(holder) : null)
  return {
    folder,
    folders: openContainerFolders(folder),
    nameLocks: openLocks(join(folder, 'locks', 'containers')),
    ready: new Map(),
    imageLocks: openLocks(join(folder, 'locks', 'images')),
    lookLocks: openLocks(join(folder, 'locks', 'looks')),
    ports,
    uidOf,
    uids,
    get isolation() {
      return isolation()
    },
    get scripts() {
      return scripts()
    },
    git: openGit(folder, () => uidOf('git')),
    outputBytesMax: options.outputBytesMax ?? 64 * 1024 * 1024,
    places,
    placeLocks,
    get sizes() {
      return sizes()
    },
    volumes: openVolumeStore(folder, places),
    volumeLocks: openLocks(join(folder, 'locks', 'volumes')),
    listenerLocks: openLocks(join(folder, 'locks', 'listeners')),
    listeners: openListeners(folder, ports),
  }
}

function belowStack(folder: string): string {
  const path = join(folder, 'place')
  makePassable(path)
  return path
}

/** Below a checkout of Davit, Node would take an app without a package.json for a part of Davit's own package. */
function endPackage(folder: string): void {
  const path = join(folder, 'package.json')
  if (!existsSync(path)) writeFileSync(path, '{}', { mode: 0o644 })
}

function probeIsolation(folder: string): Isolation {
  const lacking = whyNotRoot()
  if (lacking !== null) return { namespaces: false, uids: false, reason: lacking }
  const noUids = whyNoUids(folder)
  const namespaces = mountsLayers(folder)
  const missing = [noUids, namespaces ? null : 'unshare with an overlay mount does not work']
  return { namespaces, uids: noUids === null, reason: missing.filter((text) => text !== null).join(' and ') || null }
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

/** With all that it takes to resize one; in a namespace that ends with it, and the loop device with that. */
function mountsImages(folder: string): boolean {
  const probe = mkdtempSync(join(folder, 'probe-'))
  try {
    const image = join(probe, 'image')
    const { reserve, makeFilesystem, check, describe, loopsOf } = volumeCommands
    const prepared = [reserve(image, 1024 ** 2), makeFilesystem(image), check(image), describe(image), loopsOf(image)]
    writeFileSync(image, '')
    return prepared.every((command) => worksHere(command)) && worksHere(inNamespaces(['mount', '-o', 'loop', image, room]))
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}

/** The room of the containers cannot be made on this machine. */
function isNoPlace(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')
}
