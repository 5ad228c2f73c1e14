import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import type { VolumeName, VolumeSpec } from '../volumes.ts'
import { readIfThere, writeDurably } from './atomic-file.ts'

/** What is on disk about a volume, beside the stack: known of also while its place is away. */
export interface VolumeRecord extends VolumeSpec {
  /** False from before anything of it is made until all of it is, and from before its removal on. */
  whole: boolean
  /** From before it is attached until it is detached with all that was written. */
  attached: boolean
  /** The last copy to it that was finished, and when that began. */
  copied: { from: VolumeName; atMs: number } | null
}

export interface VolumeRecords<Own extends VolumeRecord = VolumeRecord> {
  lookUp(name: VolumeName): Own | null
  write(record: Own): void
  remove(name: VolumeName): void
  list(): Own[]
}

export function openVolumeRecords<Own extends VolumeRecord = VolumeRecord>(stackFolder: string): VolumeRecords<Own> {
  const folder = join(stackFolder, 'volumes')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = (name: VolumeName) => join(folder, `${nameFit(name)}.json`)
  const read = (text: string | null) => (text === null ? null : (JSON.parse(text) as Own))
  return {
    lookUp: (name) => read(readIfThere(path(name))),
    // Data without its record would be lost to whoever looks for it.
    write: (record) => writeDurably(path(record.name), JSON.stringify(record)),
    remove: (name) => rmSync(path(name), { force: true }),
    list: () => readdirSync(folder).flatMap((entry) => (entry.endsWith('.json') ? (read(readIfThere(join(folder, entry))) ?? []) : [])),
  }
}

/** It becomes a file and a folder. */
function nameFit(name: VolumeName): VolumeName {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/.test(name)) return name
  throw new Refusal('invalid', `"${name.slice(0, 40)}" cannot be a volume's name: letters, digits, dots and dashes only, at most 128.`)
}
