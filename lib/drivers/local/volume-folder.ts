import { chownSync, mkdirSync } from 'node:fs'
import { lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../../refusal.ts'
import { makePassable } from '../machine/install.ts'
import { megabyte } from '../megabyte.ts'
import { volumeCommands } from './volume-commands.ts'
import { runTool } from './mounts.ts'
import type { VolumeKind } from './volume-kind.ts'
import type { VolumeRecord } from './volume-records.ts'

const filesOf = (place: string, { name }: Pick<VolumeRecord, 'name'>) => join(place, 'folders', name)

const flush = async (place: string, record: VolumeRecord, signal: AbortSignal) => void (await runTool(volumeCommands.flush(filesOf(place, record)), { leave: signal }))

/** A folder, where filesystems cannot be made or mounted: its size is advice, being attached a note. */
export const folderKind: VolumeKind = {
  filesOf,
  isAttached: (_, { attached }) => attached,
  async reserve() {},
  async make(place, record, uid) {
    const path = filesOf(place, record)
    await rm(path, { recursive: true, force: true })
    makePassable(join(place, 'folders'))
    mkdirSync(path, { mode: 0o700 })
    if (uid !== null) chownSync(path, uid, uid)
  },
  attach: (_place, _record, _uid, changing) => changing(),
  detach: flush,
  async grow() {},
  async shrink(place, record, sizeMb) {
    const usedMb = await folderKind.usedMb(place, record)
    if (sizeMb < usedMb) throw new Refusal('conflict', `The volume ${record.name} holds ${usedMb} MB, which is more than ${sizeMb} MB.`)
  },
  takenMb: (_, { sizeMb }) => sizeMb,
  usedMb: async (place, record) => Math.ceil((await bytesBelow(filesOf(place, record))) / megabyte),
  flush,
  async tidy() {},
  remove: (place, record) => rm(filesOf(place, record), { recursive: true, force: true }),
}

/** What goes away meanwhile is not counted. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0
  const entries = await opendir(folder).catch(() => null)
  for await (const entry of entries ?? []) {
    const path = join(folder, entry.name)
    bytes += entry.isDirectory() ? await bytesBelow(path) : await lstat(path).then(({ size }) => size, () => 0)
  }
  return bytes
}
