import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { Place, PlaceState } from '../driver.ts'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import type { Locks } from '../machine/lock.ts'

export interface PlaceOption {
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

export interface PlacesOptions {
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
  const notes = join(folder, 'places')
  const idPath = join(notes, '.id')
  mkdirSync(notes, { recursive: true, mode: 0o700 })
  const notePath = (name: Place) => join(notes, name)
  const ownMark = (name: Place) => `${readIfThere(idPath)} ${name}`

  function troubleOf({ name, folder: path }: PlaceOption): string | null {
    if (!isFolder(path)) return `there is no folder ${path}`
    const found = readIfThere(join(path, markName))
    if (found === ownMark(name)) return null
    if (found !== null) return `${path} belongs to another place`
    return existsSync(notePath(name)) ? `${path} holds nothing of it; is its disk mounted?` : null
  }

  function find(name: Place): PlaceOption {
    const option = places.find((place) => place.name === name)
    if (option === undefined) throw new Refusal('unavailable', `There is no place ${name}; there ${places.length === 1 ? 'is' : 'are'} ${places.map((place) => place.name).join(', ')}.`)
    return option
  }

  function stateOf(option: PlaceOption): PlaceState {
    const trouble = troubleOf(option)
    if (trouble !== null) return { place: option.name, trouble, freeMb: 0, totalMb: 0 }
    const { bavail, blocks, bsize } = statfsSync(option.folder)
    return { place: option.name, trouble, freeMb: Math.max(0, megabytes(bavail * bsize) - reserveMb), totalMb: megabytes(blocks * bsize) }
  }

  return {
    names: places.map(({ name }) => name),
    states: () => places.map(stateOf),
    lookUp(name) {
      const option = places.find((place) => place.name === name)
      return option && troubleOf(option) === null ? realpathSync(option.folder) : null
    },
    async open(name) {
      const option = find(name)
      await locks.alone(`place ${name}`, limitMs, async () => {
        const trouble = troubleOf(option)
        if (trouble !== null) throw new Refusal('unavailable', `The place ${name} cannot be used: ${trouble}.`)
        if (!existsSync(idPath)) writeAtomically(idPath, randomBytes(8).toString('hex'))
        // Before it is noted, so that a crash in between does not make it one that is away.
        writeAtomically(join(option.folder, markName), ownMark(name))
        if (!existsSync(notePath(name))) writeAtomically(notePath(name), '')
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

const megabytes = (bytes: number) => Math.floor(bytes / 1024 ** 2)

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
