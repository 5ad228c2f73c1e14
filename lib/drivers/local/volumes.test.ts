import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshName, makeSpec, owner, recordIo, until, untilSaid } from '../contract/world.ts'
import type { CopyRequest, VolumeSpec } from '../driver.ts'
import { openLocalWorld, type LocalWorld } from './local-world.ts'

const isRoot = process.getuid?.() === 0

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

type Act = 'create' | 'copy' | 'resize'

function anotherRunner(world: LocalWorld, act: Act, input: VolumeSpec | CopyRequest) {
  const args = [join(import.meta.dirname, 'another-runner.ts'), JSON.stringify(world.options), act, JSON.stringify(input)]
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function end(runner: ReturnType<typeof spawn>): Promise<void> {
  if (runner.exitCode !== null) return
  const gone = once(runner, 'exit')
  runner.kill('SIGKILL')
  await gone
}

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
        const runner = anotherRunner(world, 'create', volume)
        await until('it has come so far', async () => Boolean(await hasCome(volume)))
        await end(runner)
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
        const runner = anotherRunner(world, 'copy', { from: from.name, to: to.name })
        await until('it has come so far', () => runner.exitCode !== null || readdirSync(filesOf(to)).length > written)
        await end(runner)
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
      expect(place).toMatchObject({ place: 'first', trouble: expect.stringContaining('is its disk mounted?'), freeMb: 0 })
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

describe.skipIf(!isRoot)('a volume of the isolated local driver', () => {
  let world: LocalWorld
  let sized: boolean
  beforeAll(async () => {
    world = openLocalWorld({})
    sized = (await world.driver.volumes!.describe()).sized
    if (!sized) console.warn('NOT COVERED: volumes that are filesystems, as this machine mounts no image')
  })
  beforeEach((context) => {
    if (!sized) context.skip()
  })
  afterAll(() => world.close(), 60_000)

  const volumes = () => world.driver.volumes!
  const imageOf = ({ name }: VolumeSpec) => join(world.root, 'place-first', `${name}.img`)
  const mountOf = ({ name }: VolumeSpec) => join(world.root, 'place-first', 'mounts', name)
  const devices = (volume: VolumeSpec) => execFileSync('losetup', ['--associated', imageOf(volume)], { encoding: 'utf8' })

  async function make(): Promise<VolumeSpec> {
    const volume = { name: freshName('volume'), owner, place: 'first', sizeMb: 64, fence: 1 }
    await volumes().create(volume, recordIo())
    await volumes().attach(volume, recordIo())
    return volume
  }

  /** As its filesystem counts them. */
  const blocksOf = (volume: VolumeSpec) => Number(/^Block count:\s*(\d+)$/m.exec(execFileSync('dumpe2fs', ['-h', devices(volume).split(':')[0]!], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1])

  async function outputOf(volume: VolumeSpec, command: string): Promise<string[]> {
    const io = recordIo()
    const spec = await makeSpec(world, 'serve', { volume: volume.name, place: 'first', command, port: false })
    await world.driver.runOnce(spec, io)
    return io.texts(spec.name)
  }

  it('does not live on in containers that were started while it was attached', async () => {
    const volume = await make()
    const neighbour = await makeSpec(world, 'serve', { owner: { id: 2, handle: 'blog' } })
    await world.driver.start(neighbour, recordIo())
    await untilSaid(world, neighbour.name, 'serving')
    await volumes().detach(volume, recordIo())
    expect(devices(volume)).toBe('')
    expect(await world.driver.inspect(neighbour)).toMatchObject({ running: true })
  })

  it('is not attached while anything else on the machine has it, and is again once that ends', async () => {
    const volume = await make()
    await volumes().detach(volume, recordIo())
    const device = execFileSync('losetup', ['--find', '--show', imageOf(volume)], { encoding: 'utf8' }).trim()
    await expect(volumes().attach(volume, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'conflict' })
    execFileSync('losetup', ['--detach', device])
    await until('nobody has it', () => devices(volume) === '')
    await volumes().attach(volume, recordIo())
  })

  it('is attached anew, through one device, after the machine was started anew', async () => {
    const volume = await make()
    await volumes().write(volume, 'one', '1', recordIo())
    execFileSync('umount', [mountOf(volume)])
    await until('nobody has it', () => devices(volume) === '')
    expect(await volumes().inspect(volume)).toMatchObject({ attached: false })
    const spec = await makeSpec(world, 'serve', { volume: volume.name, place: 'first' })
    await expect(world.driver.start(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'conflict' })
    await Promise.all([world.driver.volumes!.attach(volume, recordIo()), world.another.volumes!.attach(volume, recordIo())])
    expect(devices(volume).trim().split('\n')).toHaveLength(1)
    expect(await outputOf(volume, 'cat "$VOLUME/one"')).toEqual(['1'])
  })

  it('is as large as it is said to be', async () => {
    const volume = await make()
    expect((await outputOf(volume, 'dd if=/dev/zero of="$VOLUME/large" bs=1M count=100 2>&1; ls "$VOLUME"')).join('\n')).toMatch(/No space left/)
    const state = await volumes().inspect(volume)
    expect(state?.usedMb).toBeGreaterThan(40)
    expect(state?.usedMb).toBeLessThanOrEqual(64)
  })

  it('has its former size again, wherever a runner died in giving it another', async () => {
    const volume = await make()
    await volumes().write(volume, 'one', '1', recordIo())
    await volumes().detach(volume, recordIo())
    const former = statSync(imageOf(volume)).size
    for (const sizeMb of [96, 48]) {
      let guarded = 0
      const lost = { ...recordIo(), guard: () => (++guarded > 1 ? Promise.reject(new Error('not yours')) : Promise.resolve()) }
      await expect(volumes().resize(volume, sizeMb, lost)).rejects.toThrow('not yours')
      await volumes().resize(volume, volume.sizeMb, recordIo())
      expect(statSync(imageOf(volume)).size).toBe(former)
      await volumes().attach(volume, recordIo())
      expect(blocksOf(volume) * 4096).toBe(former)
      expect(await outputOf(volume, 'cat "$VOLUME/one"')).toEqual(['1'])
      await volumes().detach(volume, recordIo())
    }
  })

  it('has the size it is to have, or its former one, after a runner was killed in giving it another', async () => {
    const volume = await make()
    await volumes().write(volume, 'one', '1', recordIo())
    await volumes().detach(volume, recordIo())
    const record = () => readFileSync(join(world.options.folder, 'volumes', `${volume.name}.json`), 'utf8')
    const moments: ((sizeMb: number) => boolean)[] = [
      () => record().includes('"resizing":true'),
      (sizeMb) => statSync(imageOf(volume)).size === sizeMb * 1024 ** 2,
    ]
    for (const hasCome of moments) {
      for (const [sizeMb, wantedMb] of [[512, 512], [96, 96], [256, 96]] as const) {
        const runner = anotherRunner(world, 'resize', { ...volume, sizeMb })
        await until('it has come so far', () => runner.exitCode !== null || hasCome(sizeMb))
        await end(runner)
        await volumes().resize(volume, wantedMb, recordIo())
        await volumes().attach(volume, recordIo())
        expect([statSync(imageOf(volume)).size, blocksOf(volume) * 4096]).toEqual([wantedMb * 1024 ** 2, wantedMb * 1024 ** 2])
        expect(await outputOf(volume, 'cat "$VOLUME/one"')).toEqual(['1'])
        await volumes().detach(volume, recordIo())
      }
    }
  })

  it('waits for what goes on in its image no longer than whoever waits is there', async () => {
    const volume = await make()
    await volumes().detach(volume, recordIo())
    const image = imageOf(volume)
    const other = spawn('flock', ['--exclusive', image, 'sh', '-c', 'echo begun; read end'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(other.stdout, 'data')
    const waiting = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).startsWith(`flock\0`) && commandLine(pid).includes(`${image}\0e2fsck`))

    const io = recordIo()
    const resized = volumes().resize(volume, 96, io).catch((error: unknown) => error)
    await until('it waits', () => waiting().length === 1)
    io.abort(new Error('cancelled'))
    expect(await resized).toMatchObject({ message: 'cancelled' })
    await until('nobody waits', () => waiting().length === 0)
    const runner = anotherRunner(world, 'resize', volume)
    await until('another waits', () => waiting().length === 1)
    await end(runner)
    await until('nobody waits', () => waiting().length === 0)

    const ended = once(other, 'exit')
    other.stdin.end()
    await ended
    await volumes().resize(volume, 64, recordIo())
    await volumes().attach(volume, recordIo())
    expect(blocksOf(volume) * 4096).toBe(64 * 1024 ** 2)
  })

  it('is detached though somebody stands where it was mounted', async () => {
    const volume = await make()
    const visitor = spawn('sleep', ['600'], { cwd: join(mountOf(volume), '..'), stdio: 'ignore' })
    await once(visitor, 'spawn')
    await volumes().detach(volume, recordIo())
    expect(await volumes().inspect(volume)).toMatchObject({ attached: false })
    expect(devices(volume)).toBe('')
    const gone = once(visitor, 'exit')
    visitor.kill()
    await gone
    await volumes().attach(volume, recordIo())
  })

  it('belongs to its owner alone, who has a name, and holds no device and no way to root', async () => {
    const volume = await make()
    expect(await outputOf(volume, 'id -un; stat -c "%u %a" "$VOLUME" | sed "s/^$(id -u) /own /"')).toEqual(['database', 'own 700'])
    const io = recordIo()
    const other = await makeSpec(world, 'serve', { owner: { id: 2, handle: 'blog' }, port: false, command: `ls ${mountOf(volume)} 2>&1; head -c 1 ${imageOf(volume)} 2>&1` })
    await world.driver.runOnce(other, io)
    expect(io.texts(other.name).join('\n')).toMatch(/(.*Permission denied\n?){2}/)
    expect(await outputOf(volume, 'grep " $VOLUME " /proc/self/mounts | grep -c nosuid,nodev')).toEqual(['1'])
  })

  it('tells that it is in use rather than be detached under somebody, and stays attached', async () => {
    const volume = await make()
    const reader = spawn('sleep', ['600'], { cwd: mountOf(volume), stdio: 'ignore' })
    await once(reader, 'spawn')
    const io = recordIo()
    const detached = volumes().detach(volume, io).catch((error: unknown) => error)
    await until('it is being tried', async () => (await volumes().inspect(volume))?.attached === true)
    io.abort(new Error('cancelled'))
    expect(await detached).toMatchObject({ message: 'cancelled' })
    expect(await volumes().inspect(volume)).toMatchObject({ attached: true })
    const gone = once(reader, 'exit')
    reader.kill()
    await gone
    await volumes().detach(volume, recordIo())
    expect(devices(volume)).toBe('')
  })

  it('leaves nothing mounted at its place once the last is detached', async () => {
    for (const { name } of await volumes().list()) await volumes().remove({ name }, recordIo())
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(world.root)
  })
})
