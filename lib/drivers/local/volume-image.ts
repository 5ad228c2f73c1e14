import { chownSync, existsSync, mkdirSync, rmdirSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { open, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'
import { inSentence } from '../../sentence.ts'
import { megabyte } from '../megabyte.ts'
import { volumeCommands } from './volume-commands.ts'
import { closeSharedFolder, haveSharedFolder, isMounted, loopsOf, runTool } from './mounts.ts'
import type { VolumeKind } from './volume-kind.ts'
import type { VolumeRecord } from './volume-records.ts'

/** What ran on it has ended; its namespace may take a moment to follow. */
const releaseLimitMs = 10_000

const imageOf = (place: string, { name }: Pick<VolumeRecord, 'name'>) => join(place, `${name}.img`)
const mountOf = (place: string, { name }: Pick<VolumeRecord, 'name'>) => join(place, 'mounts', name)

/**
 * A filesystem of its size in a file, whose room is taken from the beginning. It is mounted through one loop
 * device at most: two filesystems over one file would destroy it.
 */
export const imageKind: VolumeKind = {
  filesOf: (place, record) => join(mountOf(place, record), 'files'),

  isAttached: (place, record) => isMounted(mountOf(place, record)),

  async reserve(place, record, sizeMb) {
    const image = imageOf(place, record)
    // Whoever may read the file reads what every user of the database may.
    writeFileSync(image, '', { flag: 'a', mode: 0o600 })
    await runTool(volumeCommands.reserve(image, sizeMb * megabyte))
  },

  async make(place, record, _uid, signal) {
    const image = imageOf(place, record)
    await runTool(volumeCommands.makeFilesystem(image), { leave: signal })
    for (const path of [image, place]) await flush(path)
  },

  async attach(place, record, uid, changing) {
    const image = imageOf(place, record)
    const mount = mountOf(place, record)
    if (!isMounted(mount)) {
      if (!record.attached && (await loopsOf(image)).length > 0) throw new Refusal('conflict', `Something else on this machine still has the volume ${record.name}; it cannot be attached before that ends.`)
      await changing()
      await haveSharedFolder(join(place, 'mounts'))
      mkdirSync(mount, { recursive: true, mode: 0o700 })
      // Never left: it would mount what is detached meanwhile.
      await runTool(volumeCommands.mountImage(image, mount))
    }
    const files = join(mount, 'files')
    mkdirSync(files, { recursive: true, mode: 0o700 })
    if (uid !== null && statSync(files).uid !== uid) chownSync(files, uid, uid)
  },

  async detach(place, record, signal) {
    const image = imageOf(place, record)
    await unmount(place, record, signal)
    await untilFree(record, async () => {
      const devices = await loopsOf(image)
      return devices.length === 0 ? null : `${devices.join(', ')} has it, in a namespace that something else on this machine made`
    }, signal)
    await flush(image)
  },

  async grow(place, record, signal) {
    const image = imageOf(place, record)
    if (!isMounted(mountOf(place, record))) return await resizeDetached(image, null, signal)
    for (const device of await loopsOf(image)) {
      await runTool(volumeCommands.growDevice(device))
      await runTool(volumeCommands.resizeFilesystem(image, device, null), { leave: signal })
    }
  },

  async shrink(place, record, sizeMb, signal) {
    const image = imageOf(place, record)
    await runTool(volumeCommands.check(image), { fine: [1], leave: signal })
    const holdsMb = await usedDetachedMb(image)
    if (sizeMb < holdsMb) throw new Refusal('conflict', `The volume ${record.name} holds ${holdsMb} MB, which is more than ${sizeMb} MB.`)
    await resizeDetached(image, sizeMb, signal)
    await truncate(image, sizeMb * megabyte)
    await flush(image)
  },

  takenMb: (place, record) => Math.ceil(statSync(imageOf(place, record)).size / megabyte),

  async usedMb(place, record) {
    const { bfree, bsize } = statfsSync(mountOf(place, record))
    // What the filesystem takes for itself is not there for anybody else.
    return Math.ceil((statSync(imageOf(place, record)).size - bfree * bsize) / megabyte)
  },

  async flush(place, record, signal) {
    await runTool(volumeCommands.flush(mountOf(place, record)), { leave: signal })
  },

  tidy: (place) => closeSharedFolder(join(place, 'mounts')),

  /** Whoever else still has it keeps what it had, until that ends. */
  async remove(place, record, signal) {
    await unmount(place, record, signal)
    await rm(imageOf(place, record), { force: true })
    // Not what lies below: were it still mounted, that would be the data.
    if (existsSync(mountOf(place, record))) rmdirSync(mountOf(place, record))
  },
}

async function unmount(place: string, record: VolumeRecord, signal: AbortSignal): Promise<void> {
  const path = mountOf(place, record)
  await untilFree(record, async () => (isMounted(path) ? await runTool(volumeCommands.unmount(path)).then(() => null, ({ message }: Error) => message) : null), signal)
}

/** @throws Refusal `conflict` when there is still a reason why not after a while */
async function untilFree({ name }: VolumeRecord, whyNot: () => Promise<string | null>, signal: AbortSignal): Promise<void> {
  const until = performance.now() + releaseLimitMs
  for (let wait = 2; ; wait = Math.min(wait * 2, 100)) {
    const reason = await whyNot()
    if (reason === null) return
    if (performance.now() > until) throw new Refusal('conflict', `The volume ${name} is still in use: ${inSentence(reason)}.`)
    await pause(wait)
    signal.throwIfAborted()
  }
}

async function usedDetachedMb(image: string): Promise<number> {
  const said = await runTool(volumeCommands.describe(image))
  const count = (name: string) => Number(new RegExp(`^${name}: *(\\d+)$`, 'm').exec(said)?.[1])
  return Math.ceil(((count('Block count') - count('Free blocks')) * count('Block size')) / megabyte)
}

async function resizeDetached(image: string, sizeMb: number | null, leave: AbortSignal): Promise<void> {
  await runTool(volumeCommands.check(image), { fine: [1], leave })
  await runTool(volumeCommands.resizeFilesystem(image, image, sizeMb), { leave })
  await flush(image)
}

/** As far as the disk; meanwhile a runner has other things to see to. */
async function flush(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
