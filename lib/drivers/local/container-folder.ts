import { chownSync, chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerName, ContainerState, StopSignal } from '../driver.ts'
import type { VolumeName } from '../volumes.ts'
import { Refusal } from '../../refusal.ts'
import { room } from './commands.ts'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import { findByVariable, isAlive, type ProcessIdentity } from '../machine/process.ts'

/** What is on disk about a container. */
export interface ContainerRecord {
  name: ContainerName
  owner: number
  fence: number
  image: string
  startedAt: string
  port: number | null
  /** Whose port it is, rather than its own. */
  listensAs?: string
  volume?: VolumeName
  stopSignal?: StopSignal
  /** How it was started, whatever the stack's settings say by now. */
  namespaces: boolean
  /** It was only made ready: its process waits for the start, and ends with the runner that made it. */
  prepared?: boolean
  /** Null from just before the start until the process is known; a crash in between leaves it so. */
  process: ProcessIdentity | null
}

/** Not overridable by an app; what its processes are found by when nothing else is known of them. */
export const markerVariable = 'DAVIT_CONTAINER'

export const loopback = '127.0.0.1'

/** One that was only made ready does not. */
export const runs = ({ prepared, process }: ContainerRecord): boolean => !prepared && isAlive(process)

export interface ContainerFolders {
  path(name: ContainerName): string
  marker(name: ContainerName): string
  create(name: ContainerName, uid: number | null): void
  lookUp(name: ContainerName): ContainerRecord | null
  write(record: ContainerRecord): void
  list(): ContainerRecord[]
  remove(name: ContainerName): Promise<void>
  state(record: ContainerRecord): ContainerState
}

export function openContainerFolders(folder: string): ContainerFolders {
  const containers = join(folder, 'containers')
  mkdirSync(containers, { recursive: true, mode: 0o711 })
  const path = (name: ContainerName) => join(containers, nameFit(name))
  const marker = (name: ContainerName) => `${folder}/${name}`

  function lookUp(name: ContainerName): ContainerRecord | null {
    const text = readIfThere(join(path(name), 'container.json'))
    if (text === null) return null
    const record = JSON.parse(text) as ContainerRecord
    // Whoever started it died before it could say which process that was.
    if (record.process === null) record.process = findByVariable(markerVariable, marker(name))[0] ?? null
    return record
  }

  return {
    path,
    marker,
    create: (name, uid) => createFolders(path(name), uid),
    lookUp,
    write: (record) => writeAtomically(join(path(record.name), 'container.json'), JSON.stringify(record)),
    list: () => readdirSync(containers).map(lookUp).filter((record) => record !== null),
    remove: (name) => rm(path(name), { recursive: true, force: true }),
    state: (record) => stateOf(record, path(record.name)),
  }
}

/** A name becomes a folder and a mount option, so it holds nothing that means something to either. */
function nameFit(name: ContainerName): ContainerName {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/.test(name)) return name
  throw new Refusal('invalid', `"${name.slice(0, 40)}" cannot be a container's name: letters, digits, dots and dashes only, at most 128.`)
}

/** Others may pass through, to what is the app's own; nobody but Davit may list. */
function createFolders(path: string, uid: number | null): void {
  makeFolder(path, 0o711, null)
  // Where the image, and a volume, are laid out inside its namespaces.
  for (const inside of ['app', 'volume']) makeFolder(join(path, inside), 0o711, null)
  for (const own of ['home', 'tmp', 'upper']) makeFolder(join(path, own), own === 'upper' ? 0o755 : 0o700, uid)
  makeFolder(join(path, 'work'), 0o700, null)
}

/** Servers of databases do nothing for a uid without a name. */
export function nameUser(path: string, uid: number): void {
  writeFileSync(join(path, 'users'), `database:x:${uid}:${uid}::${join(room, 'home')}:/bin/false\n`, { mode: 0o644 })
}

function makeFolder(path: string, mode: number, uid: number | null): void {
  mkdirSync(path, { recursive: true })
  const { mode: present, uid: owner } = lstatSync(path)
  if ((present & 0o777) !== mode) chmodSync(path, mode)
  if (uid !== null && owner !== uid) chownSync(path, uid, uid)
}

function stateOf(record: ContainerRecord, path: string): ContainerState {
  const running = runs(record)
  return {
    name: record.name,
    owner: record.owner,
    fence: record.fence,
    image: record.image,
    running,
    exitCode: running ? null : exitCodeIn(path),
    startedAt: new Date(record.startedAt),
    address: record.port === null ? null : { host: loopback, port: record.port },
  }
}

function exitCodeIn(path: string): number | null {
  const text = readIfThere(join(path, 'exit'))
  return text?.endsWith('\n') ? Number(text) : null
}

export function outputPath(folders: ContainerFolders, name: ContainerName): string {
  return join(folders.path(name), 'output')
}
