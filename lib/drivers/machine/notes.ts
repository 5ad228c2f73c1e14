import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, writeDurably } from './atomic-file.ts'

interface Owned {
  name: string
  owner: number
}

/** What is noted of names that have owners, each in a file of its own. */
export interface Notes<Note extends Owned> {
  lookUp(name: string): Note | null
  write(note: Note): void
  list(): Note[]
  remove(name: string): void
  /** Where the note of that name is, or would be. */
  pathOf(name: string): string
}

export function openNotes<Note extends Owned>(folder: string): Notes<Note> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string) => join(folder, createHash('sha256').update(name).digest('hex').slice(0, 32))
  const read = (path: string) => {
    const text = readIfThere(path)
    return text === null ? null : (JSON.parse(text) as Note)
  }
  return {
    lookUp: (name) => read(pathOf(name)),
    write: (note) => writeDurably(pathOf(note.name), JSON.stringify(note)),
    // Not what is just being written.
    list: () => readdirSync(folder).flatMap((entry) => (entry.includes('.') ? [] : (read(join(folder, entry)) ?? []))),
    remove: (name) => rmSync(pathOf(name), { force: true }),
    pathOf,
  }
}
