import { Refusal } from '../../refusal.ts'
import type { StepIo } from '../driver.ts'
import type { Copied, CopyRequest, VolumeName } from '../volumes.ts'
import { copyTree, unchangedBefore } from '../files/copy-tree.ts'
import { Folder, within } from '../files/tree.ts'
import { writeFile as writeWhole } from '../files/write-file.ts'
import { megabyte } from '../megabyte.ts'
import { isFilePath } from '../paths.ts'
import { refuseWhileInUse } from './held.ts'
import type { Local } from './open.ts'
import type { Volume } from './volume-store.ts'

/** How often a runner makes sure that the copy is still its own, and says how far it is. */
const guardMs = 100
const tellMs = 500

export async function copyVolume(local: Local, request: CopyRequest, io: StepIo): Promise<Copied> {
  const [from, to] = [local.volumes.findAttached(request.from), local.volumes.findAttached(request.to)]
  refuseWhileInUse(local, request.to)
  const totalMb = await from.kind.usedMb(from.place, from.record)
  if (request.only === undefined && request.except === undefined) refuseUnlessFits(to, request.from, totalMb)
  await io.guard()
  io.signal.throwIfAborted()
  const earlier = to.record.copied?.from === request.from ? to.record.copied : null
  const now = { from: request.from, atMs: Date.now() }
  // What a copy leaves that does not come to its end is compared byte by byte.
  local.volumes.write({ ...to.record, copied: null })
  const copied: Copied = { files: 0, bytes: 0 }
  const { only, except = [] } = request
  const copying = {
    only, except, copied,
    uid: await local.uidOf(String(to.record.owner.id)),
    sameBeforeNs: unchangedBefore(earlier),
    changing: guarding(io, () => `${Math.floor(copied.bytes / megabyte)} MB written; the volume holds ${totalMb} MB`),
  }
  try {
    await within(await Folder.open(from.files), async (source) => await within(await Folder.open(to.files), (target) => copyTree(source, target, copying)))
  } catch (error) {
    throw await asRefusal(error, to, `, and ${request.from} holds ${totalMb} MB`)
  }
  await to.kind.flush(to.place, to.record, io.signal)
  await io.guard()
  local.volumes.write({ ...to.record, copied: only === undefined ? now : earlier })
  return copied
}

/** Asked right before each change, and not oftener than it takes to be heard. */
function guarding(io: StepIo, progress: () => string): () => Promise<void> {
  const next = { guard: 0, tell: performance.now() + tellMs }
  return async () => {
    const now = performance.now()
    if (now >= next.guard) {
      await io.guard()
      next.guard = now + guardMs
    }
    if (now >= next.tell) {
      io.progress(progress())
      next.tell = now + tellMs
    }
    io.signal.throwIfAborted()
  }
}

function refuseUnlessFits({ record }: Volume, from: VolumeName, usedMb: number): void {
  if (record.kind === 'folder' || usedMb <= record.sizeMb) return
  throw new Refusal('conflict', `The volume ${from} holds ${usedMb} MB, and ${record.name} has ${record.sizeMb} MB.`)
}

/** Of no room left: on the volume, or around one whose size is advice. */
async function asRefusal(error: unknown, { kind, place, record }: Volume, wanted: string): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error
  if (record.kind === 'folder') return new Refusal('conflict', `The disk of the place ${record.place} is full${wanted}.`)
  const usedMb = await kind.usedMb(place, record)
  return new Refusal('conflict', `The volume ${record.name} is full: of its ${record.sizeMb} MB ${usedMb} MB are used${wanted}.`)
}

/** A whole file in place of what was there. */
export async function writeFile(local: Local, name: VolumeName, path: string, text: string, io: StepIo): Promise<void> {
  const volume = local.volumes.findAttached(name)
  const uid = await local.uidOf(String(volume.record.owner.id))
  if (!isFilePath(path)) throw new Refusal('invalid', `"${path}" is no path of a file on a volume.`)
  await io.guard()
  try {
    await writeWhole(volume.files, path, text, uid)
  } catch (error) {
    throw await asRefusal(error, volume, '')
  }
}
