import { join } from 'node:path'
import { openNotes } from '../machine/notes.ts'
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
  const notes = openNotes<Note>(join(stackFolder, 'listeners'))
  return {
    async portOf(name, owner) {
      const known = notes.lookUp(name)?.port
      if (known != null) return known
      // Before the port, as a port whose holder is not there counts as abandoned.
      notes.write({ name, owner, port: null })
      const port = await ports.take(notes.pathOf(name), isPortFree)
      notes.write({ name, owner, port })
      return port
    },
    owners: () => notes.list().map(({ owner }) => owner),
    forget(owner) {
      for (const note of notes.list().filter((one) => one.owner === owner)) {
        if (note.port !== null) ports.release(note.port)
        notes.remove(note.name)
      }
    },
  }
}
