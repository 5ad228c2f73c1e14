import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, writeAtomically } from '../machine/atomic-file.ts'
import { isPortFree, type Reservations } from '../machine/reservation.ts'

export interface Listeners {
  /** The port of whoever listens under that name, the same until its owner is forgotten. Its caller is alone with the name. */
  portOf(name: string, owner: number): Promise<number>
  owners(): number[]
  forget(owner: number): void
}

interface Note {
  name: string
  owner: number
  /** Null until it is found. */
  port: number | null
}

export function openListeners(stackFolder: string, ports: Reservations): Listeners {
  const folder = join(stackFolder, 'listeners')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string) => join(folder, createHash('sha256').update(name).digest('hex').slice(0, 32))
  const notes = () => readdirSync(folder).flatMap((entry) => readNote(readIfThere(join(folder, entry))) ?? [])
  return {
    async portOf(name, owner) {
      const path = pathOf(name)
      const known = readNote(readIfThere(path))?.port
      if (known != null) return known
      // Before the port, as a port whose holder is not there counts as abandoned.
      writeAtomically(path, JSON.stringify({ name, owner, port: null } satisfies Note))
      const port = await ports.take(path, isPortFree)
      writeAtomically(path, JSON.stringify({ name, owner, port } satisfies Note))
      return port
    },
    owners: () => notes().map(({ owner }) => owner),
    forget(owner) {
      for (const note of notes().filter((one) => one.owner === owner)) {
        if (note.port !== null) ports.release(note.port)
        rmSync(pathOf(note.name), { force: true })
      }
    },
  }
}

const readNote = (text: string | null) => (text === null ? null : (JSON.parse(text) as Note))
