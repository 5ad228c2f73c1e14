import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshName, owner, recordIo } from '../contract/world.ts'
import type { Volumes, VolumeSpec } from '../volumes.ts'
import { createLocalDriver } from './driver.ts'
import type { LocalOptions } from './open.ts'

let root: string
const mounted: string[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'davit-places-'))
  // Whoever has no uid of its own has no filesystem of its own either.
  chmodSync(root, 0o755)
})
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', [folder])
  rmSync(root, { recursive: true, force: true })
})

function folderOf(name: string): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A disk of its own. */
function mountAt(folder: string, options: string): string {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  mounted.push(folder)
  return folder
}

function open(folders: Record<string, string>, changes: Partial<LocalOptions> = {}) {
  const places = Object.entries(folders).map(([name, folder]) => ({ name, folder }))
  return createLocalDriver({
    folder: join(root, 'stack'), machine: join(root, 'machine'), ports: { first: 24_000, last: 25_999 }, uids: { first: 630_000, last: 630_999 }, places, isolate: false, ...changes,
  }).volumes!
}

const specAt = (place: string, changes: Partial<VolumeSpec> = {}): VolumeSpec => ({ name: freshName('volume'), owner, place, sizeMb: 8, fence: 1, ...changes })

describe('places of a local stack', () => {
  it('say what is no folder, and refuse it', async () => {
    writeFileSync(join(root, 'file'), '')
    const volumes = open({ first: folderOf('first'), file: join(root, 'file'), nowhere: join(root, 'nowhere') })
    expect((await volumes.places()).map(({ trouble }) => trouble)).toEqual([null, `there is no folder ${join(root, 'file')}`, `there is no folder ${join(root, 'nowhere')}`])
    await expect(volumes.create(specAt('file'), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
  })

  it('refuse a volume by the name of one at another place', async () => {
    const volumes = open({ first: folderOf('first'), second: folderOf('second') })
    const spec = specAt('first')
    await volumes.create(spec, recordIo())
    await expect(volumes.create({ ...spec, place: 'second' }, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringContaining('of storefront at first') })
    expect(await volumes.inspect(spec)).toMatchObject({ place: 'first' })
  })
})

describe.skipIf(process.getuid?.() !== 0)('a place on a disk of its own', () => {
  it('says that it can only be read, and is refused, also while what it has is attached', async () => {
    const folder = mountAt(folderOf('first'), 'size=16m')
    const volumes = open({ first: folder })
    const spec = specAt('first')
    await volumes.create(spec, recordIo())
    execFileSync('mount', ['-o', 'remount,ro', folder])
    expect(await volumes.places()).toMatchObject([{ trouble: `${folder} lies on a filesystem that can only be read`, freeMb: 0 }])
    await expect(volumes.create(specAt('first'), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable', message: expect.stringContaining('can only be read') })
    await expect(volumes.attach(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
    expect(await volumes.list()).toMatchObject([{ name: spec.name, reachable: false }])
    execFileSync('mount', ['-o', 'remount,rw', folder])
    await volumes.attach(spec, recordIo())
  })

  it('tells who writes that it is full', async () => {
    const volumes = open({ first: mountAt(folderOf('first'), 'size=16m') })
    const [from, to] = [specAt('first'), specAt('first')]
    for (const spec of [from, to]) {
      await volumes.create(spec, recordIo())
      await volumes.attach(spec, recordIo())
    }
    await volumes.write(from, 'large', 'x'.repeat(9 * 1024 ** 2), recordIo())
    const full = { name: 'Refusal', code: 'conflict', message: expect.stringContaining('The disk of the place first is full') }
    await expect(volumes.copy({ from: from.name, to: to.name }, recordIo())).rejects.toMatchObject(full)
    await expect(volumes.write(to, 'another', 'x'.repeat(9 * 1024 ** 2), recordIo())).rejects.toMatchObject(full)
  })

  it('has its room taken by one volume after the other', async (context) => {
    const folders = { first: mountAt(folderOf('first'), 'size=64m') }
    const [one, another] = [1, 2].map(() => open(folders, { isolate: true, reserveMb: 16 })) as [Volumes, Volumes]
    if (!(await one.describe()).sized) context.skip()
    const [spec, late] = [specAt('first', { sizeMb: 40 }), specAt('first', { sizeMb: 40 })]
    let guarded = 0
    const taking = { ...recordIo(), guard: async () => void (++guarded === 2 && (await expectToWait())) }
    async function expectToWait(): Promise<void> {
      const [asked, io] = [Promise.withResolvers<void>(), recordIo()]
      const waiting = another.create(late, { ...io, guard: async () => asked.resolve() }).catch((error: unknown) => error)
      await asked.promise
      io.abort(new Error('cancelled'))
      expect(await waiting).toMatchObject({ message: 'cancelled' })
    }
    await one.create(spec, taking)
    await expect(another.create(late, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/40 MB are needed at first, where \d+ MB are free/) })
    expect(await another.list()).toMatchObject([{ name: spec.name }])
  })
})
