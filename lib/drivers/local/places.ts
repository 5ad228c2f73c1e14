import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { Place } from '../driver.ts'
import type { PlaceState } from '../volumes.ts'
import { readIfThere, writeDurably } from '../machine/atomic-file.ts'
import type { Locks } from '../machine/lock.ts'
import { megabyte } from '../megabyte.ts'

interface PlaceOption {
  name: Place
  folder: string
}

export interface Places {
  names: Place[]
  states(): PlaceState[]
  /** Its folder without links, which is this stack's own from now on. @throws Refusal `unavailable` when it is away */
  open(place: Place): Promise<string>
  /** Its folder, if it can be used. */
  lookUp(place: Place): string | null
  /** @throws Refusal `conflict`, with the numbers */
  refuseUnlessRoom(place: Place, wantedMb: number): void
}

interface PlacesOptions {
  /** Of the stack. */
  folder: string
  places: PlaceOption[]
  /** Left free on every place. */
  reserveMb: number
  locks: Locks
}

const markName = '.davit-place'
const limitMs = 10_000

/**
 * A place is a folder with a mark in it that the stack knows: where a disk is not mounted, the folder is there
 * all the same, and empty.
 */
export function openPlaces({ folder, places, reserveMb, locks }: PlacesOptions): Places {
  mkdirSync(join(folder, 'places'), { recursive: true, mode: 0o700 })

  function find(name: Place): PlaceOption {
    const option = places.find((place) => place.name === name)
    if (option === undefined) throw new Refusal('unavailable', `There is no place ${name}; there ${places.length === 1 ? 'is' : 'are'} ${places.map((place) => place.name).join(', ')}.`)
    return option
  }

  function stateOf(option: PlaceOption): PlaceState {
    const trouble = troubleOf(option, folder)
    if (trouble !== null) return { place: option.name, trouble, freeMb: 0, totalMb: 0 }
    const { bavail, blocks, bsize } = statfsSync(option.folder)
    return { place: option.name, trouble, freeMb: Math.max(0, megabytes(bavail * bsize) - reserveMb), totalMb: megabytes(blocks * bsize) }
  }

  return {
    names: places.map(({ name }) => name),
    states: () => places.map(stateOf),
    lookUp(name) {
      const option = places.find((place) => place.name === name)
      return option && troubleOf(option, folder) === null ? realpathSync(option.folder) : null
    },
    async open(name) {
      const option = find(name)
      // For all of them, as they share the stack's mark.
      await locks.alone('places', limitMs, async () => {
        const trouble = troubleOf(option, folder)
        if (trouble !== null) throw new Refusal('unavailable', `The place ${name} cannot be used: ${trouble}.`)
        if (!existsSync(idPath(folder))) writeDurably(idPath(folder), randomBytes(8).toString('hex'))
        // Before it is noted, so that a crash in between does not make it one that is away.
        writeDurably(join(option.folder, markName), ownMark(folder, name))
        if (!existsSync(notePath(folder, name))) writeDurably(notePath(folder, name), '')
      })
      return realpathSync(option.folder)
    },
    refuseUnlessRoom(name, wantedMb) {
      const { freeMb } = stateOf(find(name))
      if (wantedMb <= freeMb) return
      throw new Refusal('conflict', `${wantedMb} MB are needed at ${name}, where ${freeMb} MB are free beside the ${reserveMb} MB that are kept for what is running.`)
    },
  }
}

const megabytes = (bytes: number) => Math.floor(bytes / megabyte)

/** Why a place cannot be used, in words; null: it can. A stack that is not yet there has none that it knows. */
export function troubleOf({ name, folder: path }: PlaceOption, stackFolder: string | null): string | null {
  try {
    // As a folder, also where a link leads to it.
    accessSync(`${path}/.`, constants.R_OK | constants.W_OK | constants.X_OK)
    const found = readIfThere(join(path, markName))
    const own = stackFolder && ownMark(stackFolder, '')
    if (own !== null && found === `${own}${name}`) return null
    if (found !== null) return `${path} belongs to ${own !== null && found.startsWith(own) ? `the place ${found.slice(own.length)}` : 'another place'}`
    return stackFolder !== null && existsSync(notePath(stackFolder, name)) ? `${path} holds nothing of it; its disk may not be mounted` : null
  } catch (error) {
    return whyOutOfReach(path, (error as NodeJS.ErrnoException).code ?? 'unknown error')
  }
}

function whyOutOfReach(path: string, code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no folder ${path}`
  if (code === 'EROFS') return `${path} lies on a filesystem that can only be read`
  return code === 'EACCES' ? `Davit may not write to ${path}` : `${path} cannot be reached (${code})`
}

const idPath = (stackFolder: string) => join(stackFolder, 'places', '.id')
const notePath = (stackFolder: string, name: Place) => join(stackFolder, 'places', name)
const ownMark = (stackFolder: string, name: Place) => `${readIfThere(idPath(stackFolder))} ${name}`
