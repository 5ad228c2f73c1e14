import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openGit, type Git } from '../git/open.ts'
import { openLocks, type Locks } from '../machine/lock.ts'
import { openNotes, type Notes } from '../machine/notes.ts'
import { openUids, type NumberRange, type Uids } from '../machine/reservation.ts'
import { once, whyNoUids } from '../machine/uids.ts'
import { openVolumeRecords, type VolumeRecords } from '../machine/volume-records.ts'
import { openEngine, type Engine } from './engine.ts'
import type { Listener } from './listener.ts'
import type { Registry } from './registries.ts'

export interface DockerOptions {
  socketPath: string
  /** Whose an object is: the installation and the stack, in letters, digits and dashes. Two Davits may share an engine. */
  realm: string
  /** Locks, git caches, and what is noted of volumes and addresses; the same for all runners of the stack. */
  folder: string
  /** Where uids are noted: the same for all stacks of this machine. One of them is git's, the others are of databases. */
  machine: string
  uids: NumberRange
  /** False runs git as Davit's own user, which then fetches nothing from this machine's own folders. */
  isolate?: boolean
  /** The first of the /22 networks that environments get, and how many there are. */
  networks?: { first: string; count: number }
  /** What one container's output may take on disk. */
  outputBytesMax?: number
  /** In the order in which they are asked. */
  registries?: Registry[]
}

/** What every part of the driver works with. */
export interface DockerStack {
  engine: Engine
  socketPath: string
  realm: string
  folder: string
  networks: { first: string; count: number }
  outputBytesMax: number
  registries: Registry[]
  git: Git
  /** Of the owners of volumes. */
  uids: Uids
  /** What changes of a volume, and so cannot be a label of it. */
  volumes: VolumeRecords
  listeners: Notes<Listener>
  /** By whom a container listens as, and by volume; taken in this order, after that of the container and before that of addresses. */
  listenerLocks: Locks
  volumeLocks: Locks
  /** By container, for short holds; for addresses, inside those; by owner of images, for long ones and first. */
  nameLocks: Locks
  addressLocks: Locks
  imageLocks: Locks
  /** By digest, while an image is there under its registry's name; and by slot, for looks. */
  digestLocks: Locks
  lookLocks: Locks
}

export function openDocker(options: DockerOptions): DockerStack {
  const folder = resolve(options.folder)
  const machine = resolve(options.machine)
  mkdirSync(machine, { recursive: true, mode: 0o700 })
  const uids = openUids(join(machine, 'uids'), options.uids, openLocks(join(machine, 'locks')))
  const hasUids = once(() => options.isolate !== false && whyNoUids(folder) === null)
  return {
    engine: openEngine(options.socketPath),
    socketPath: options.socketPath,
    realm: options.realm,
    folder,
    networks: options.networks ?? { first: '10.192.0.0', count: 1024 },
    outputBytesMax: options.outputBytesMax ?? 64 * 1024 * 1024,
    registries: options.registries ?? [],
    git: openGit(folder, async () => (hasUids() ? await uids.of('git') : null)),
    uids,
    volumes: openVolumeRecords(folder),
    listeners: openNotes<Listener>(join(folder, 'listeners')),
    listenerLocks: openLocks(join(folder, 'locks', 'listeners')),
    volumeLocks: openLocks(join(folder, 'locks', 'volumes')),
    nameLocks: openLocks(join(folder, 'locks', 'containers')),
    addressLocks: openLocks(join(folder, 'locks', 'addresses')),
    imageLocks: openLocks(join(folder, 'locks', 'images')),
    digestLocks: openLocks(join(folder, 'locks', 'digests')),
    lookLocks: openLocks(join(folder, 'locks', 'looks')),
  }
}
