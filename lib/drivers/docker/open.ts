import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openLocks, type Locks } from '../local/lock.ts'
import { installScripts, type Scripts } from '../local/open.ts'
import { openEngine, type Engine } from './engine.ts'

export interface DockerOptions {
  socketPath: string
  /** Whose an object is: the installation and the stack, in letters, digits and dashes. Two Davits may share an engine. */
  realm: string
  /** Locks and git caches; the same for all runners of the stack. */
  folder: string
  /** The first of the /22 networks that apps get, and how many there are. */
  networks?: { first: string; count: number }
}

/** What every part of the driver works with. */
export interface DockerStack {
  engine: Engine
  socketPath: string
  realm: string
  folder: string
  networks: { first: string; count: number }
  /** What git runs, as Davit's own user, who has a name and needs no namespace for one. */
  scripts: Scripts
  isolation: { namespaces: false }
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
  mkdirSync(join(folder, 'git'), { recursive: true, mode: 0o700 })
  return {
    engine: openEngine(options.socketPath),
    socketPath: options.socketPath,
    realm: options.realm,
    folder,
    networks: options.networks ?? { first: '10.192.0.0', count: 1024 },
    scripts: installScripts(folder),
    isolation: { namespaces: false },
    nameLocks: openLocks(join(folder, 'locks', 'containers')),
    addressLocks: openLocks(join(folder, 'locks', 'addresses')),
    imageLocks: openLocks(join(folder, 'locks', 'images')),
    digestLocks: openLocks(join(folder, 'locks', 'digests')),
    lookLocks: openLocks(join(folder, 'locks', 'looks')),
  }
}
