import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshName, owner, recordIo, until } from '../contract/world.ts'
import type { CopyRequest, VolumeSpec } from '../volumes.ts'
import { killRunner, openLocalWorld, spawnRunner, type LocalWorld } from './local-world.ts'

const isRoot = process.getuid?.() === 0

for (const isolate of isRoot ? [true, false] : [false]) {
  describe(`volumes of a local driver ${isolate ? 'with' : 'without'} isolation`, () => {
    let world: LocalWorld
    /** Not every machine mounts an image, though Davit is root on it. */
    let sized: boolean
    beforeAll(async () => {
      world = openLocalWorld({ isolate })
      sized = (await world.driver.volumes!.describe()).sized
    })
    afterAll(() => world.close(), 60_000)

    const volumes = () => world.driver.volumes!
    const placeFolder = (place: string) => join(world.root, `place-${place}`)
    const imageOf = ({ place, name }: VolumeSpec) => join(placeFolder(place), `${name}.img`)
    const mountOf = ({ place, name }: VolumeSpec) => join(placeFolder(place), 'mounts', name)
    const filesOf = (volume: VolumeSpec) => (sized ? join(mountOf(volume), 'files') : join(placeFolder(volume.place), 'folders', volume.name))
    const copy = (from: VolumeSpec, to: VolumeSpec, changes: Partial<CopyRequest> = {}) => volumes().copy({ from: from.name, to: to.name, ...changes }, recordIo())

    async function make(place = 'first', changes: Partial<VolumeSpec> = {}): Promise<VolumeSpec> {
      const volume = { name: freshName('volume'), owner, place, sizeMb: 64, fence: 1, ...changes }
      await volumes().create(volume, recordIo())
      await volumes().attach(volume, recordIo())
      return volume
    }

    it('are whole after a runner died anywhere in making one', async () => {
      const moments: ((volume: VolumeSpec) => unknown)[] = [
        () => true,
        ({ name }) => existsSync(join(world.options.folder, 'volumes', `${name}.json`)),
        (volume) => existsSync(sized ? imageOf(volume) : filesOf(volume)),
        (volume) => volumes().inspect(volume),
      ]
      for (const hasCome of moments) {
        const volume = { name: freshName('volume'), owner, place: 'first', sizeMb: 64, fence: 1 }
        const runner = spawnRunner(world, 'create', volume)
        await until('it has come so far', async () => Boolean(await hasCome(volume)))
        await killRunner(runner)
        await volumes().create(volume, recordIo())
        await volumes().attach(volume, recordIo())
        await volumes().write(volume, 'one', '1', recordIo())
        await volumes().remove(volume, recordIo())
      }
    })

    it('are the same as what they were copied from, however often and wherever a runner died in it', async () => {
      const [from, to] = [await make('first', { sizeMb: 192 }), await make('second', { sizeMb: 192 })]
      for (let file = 0; file < 8; file++) writeFileSync(join(filesOf(from), `file-${file}`), Buffer.alloc(8 * 1024 ** 2, `${file}`))
      for (const written of [0, 1, 4, 7]) {
        const runner = spawnRunner(world, 'copy', { from: from.name, to: to.name })
        await until('it has come so far', () => runner.exitCode !== null || readdirSync(filesOf(to)).length > written)
        await killRunner(runner)
        writeFileSync(join(filesOf(from), `file-${written}`), Buffer.alloc(8 * 1024 ** 2, `changed after ${written}`))
      }
      await copy(from, to)
      expect(spawnSync('diff', ['--recursive', '--brief', filesOf(from), filesOf(to)], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' })
    })

    it('keep modes, times and links, and never follow a link out of the volume', async () => {
      const [from, to] = [await make(), await make('second', { owner: { id: 2, handle: 'blog' } })]
      const files = filesOf(from)
      mkdirSync(join(files, 'folder'), { mode: 0o750 })
      writeFileSync(join(files, 'folder/file'), 'text', { mode: 0o640 })
      utimesSync(join(files, 'folder/file'), 1_700_000_000.123, 1_700_000_000.456)
      symlinkSync('/etc', join(files, 'out'))
      symlinkSync(join(world.root, 'outside'), join(filesOf(to), 'folder'))
      mkdirSync(join(world.root, 'outside'))
      execFileSync('mkfifo', [join(files, 'pipe')])
      await copy(from, to)
      const copied = lstatSync(join(filesOf(to), 'folder/file'))
      expect([copied.mode & 0o777, lstatSync(join(filesOf(to), 'folder')).mode & 0o777]).toEqual([0o640, 0o750])
      expect(Math.abs(copied.mtimeMs - 1_700_000_000_456)).toBeLessThan(1)
      expect(readlinkSync(join(filesOf(to), 'out'))).toBe('/etc')
      expect(readdirSync(join(world.root, 'outside'))).toEqual([])
      expect(readdirSync(filesOf(to)).sort()).toEqual(['folder', 'out'])
      if (isolate) expect(copied.uid).toBe(statSync(filesOf(to)).uid)
      if (isolate) expect(copied.uid).not.toBe(statSync(filesOf(from)).uid)
      await expect(volumes().write(to, 'out/passwd', 'mine', recordIo())).resolves.toBeUndefined()
      expect(lstatSync(join(filesOf(to), 'out')).isDirectory()).toBe(true)
    })

    it('are written anew only where they differ, and whole files are read where their times may lie', async () => {
      const [from, to] = [await make(), await make('second')]
      const path = join(filesOf(from), 'large')
      writeFileSync(path, Buffer.alloc(4 * 1024 ** 2, 'a'))
      expect(await copy(from, to)).toEqual({ files: 1, bytes: 4 * 1024 ** 2 })
      const { atime, mtime } = statSync(path)
      const changed = Buffer.alloc(4 * 1024 ** 2, 'a')
      changed.write('b', 3 * 1024 ** 2)
      writeFileSync(path, changed)
      // As if it had been changed in the same moment in which it was read.
      utimesSync(path, atime, mtime)
      expect(await copy(from, to)).toEqual({ files: 1, bytes: 128 * 1024 })
      appendFileSync(path, 'more')
      expect(await copy(from, to)).toEqual({ files: 1, bytes: 4 })
      truncateSync(path, 100)
      expect(await copy(from, to)).toEqual({ files: 1, bytes: 0 })
      expect(readFileSync(join(filesOf(to), 'large')).equals(readFileSync(path))).toBe(true)
    })

    it('do not believe times that were written by a copy which did not come to its end', async () => {
      const [from, to] = [await make(), await make('second')]
      const long = new Date(Date.now() - 3_600_000)
      for (const [volume, text] of [[from, 'right'], [to, 'wrong']] as const) {
        writeFileSync(join(filesOf(volume), 'file'), text)
        utimesSync(join(filesOf(volume), 'file'), long, long)
      }
      expect(await copy(from, to)).toEqual({ files: 1, bytes: 5 })
      expect(await copy(from, to)).toEqual({ files: 0, bytes: 0 })
    })

    it('are copied while files come, go and shrink', async () => {
      const [from, to] = [await make(), await make('second')]
      const files = filesOf(from)
      let at = 0
      const busy = setInterval(() => {
        const path = join(files, `file-${at++ % 20}`)
        if (at % 3 === 0) rmSync(path, { force: true })
        else if (at % 3 === 1) writeFileSync(path, Buffer.alloc((at % 7) * 100_000, 'x'))
        else if (existsSync(path)) truncateSync(path, 10)
      }, 1)
      for (let round = 0; round < 5; round++) await copy(from, to)
      clearInterval(busy)
      await copy(from, to)
      expect(spawnSync('diff', ['--recursive', '--brief', files, filesOf(to)], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' })
    })

    it('of a place that is away are known, and refused', async () => {
      const volume = await make()
      await volumes().detach(volume, recordIo())
      const others = (await volumes().list()).filter(({ attached, place }) => attached && place === 'first')
      for (const other of others) await volumes().remove(other, recordIo())
      const folder = placeFolder('first')
      renameSync(folder, `${folder}-away`)
      mkdirSync(folder)
      const [place] = await volumes().places()
      expect(place).toMatchObject({ place: 'first', trouble: expect.stringContaining('its disk may not be mounted'), freeMb: 0 })
      expect(await volumes().inspect(volume)).toMatchObject({ reachable: false, attached: false, usedMb: null })
      const another = { ...volume, name: freshName('volume') }
      for (const change of [() => volumes().attach(volume, recordIo()), () => volumes().remove(volume, recordIo()), () => volumes().create(another, recordIo())]) {
        await expect(change()).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
      }
      rmSync(folder, { recursive: true })
      renameSync(`${folder}-away`, folder)
      await volumes().attach(volume, recordIo())
      expect(await volumes().inspect(volume)).toMatchObject({ reachable: true, attached: true })
    })

    it('at a folder that is the place of another stack are refused', async () => {
      await make('second')
      const other = openLocalWorld({ isolate, places: [{ name: 'second', folder: join(world.root, 'nowhere') }] })
      rmSync(join(world.root, 'nowhere'), { recursive: true })
      symlinkSync(placeFolder('second'), join(world.root, 'nowhere'))
      expect(await other.driver.volumes!.places()).toMatchObject([{ trouble: expect.stringContaining('belongs to another place') }])
      await other.close()
    })
  })
}
