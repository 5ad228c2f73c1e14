import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshName, makeSpec, owner, recordIo, until, untilSaid } from '../contract/world.ts'
import type { VolumeSpec } from '../volumes.ts'
import { killRunner, openLocalWorld, spawnRunner, type LocalWorld } from './local-world.ts'

describe.skipIf(process.getuid?.() !== 0)('a volume of the isolated local driver', () => {
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

  async function make(changes: Partial<VolumeSpec> = {}): Promise<VolumeSpec> {
    const volume = { name: freshName('volume'), owner, place: 'first', sizeMb: 64, fence: 1, ...changes }
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

  it('is attached again where a detach was given up, as something else on the machine still had it', async () => {
    const volume = await make()
    await volumes().write(volume, 'one', '1', recordIo())
    const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', 'echo begun; read end'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const io = recordIo()
    const detached = volumes().detach(volume, io).catch((error: unknown) => error)
    await until('it is unmounted here', async () => (await volumes().inspect(volume))?.attached === false)
    io.abort(new Error('cancelled'))
    expect(await detached).toMatchObject({ message: 'cancelled' })
    await volumes().attach(volume, recordIo())
    expect(devices(volume).trim().split('\n')).toHaveLength(1)
    expect(await outputOf(volume, 'cat "$VOLUME/one"')).toEqual(['1'])
    const gone = once(holder, 'exit')
    holder.stdin.end()
    await gone
    await volumes().detach(volume, recordIo())
    expect(devices(volume)).toBe('')
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

  it('takes a file that it holds already while it is full, and no other', async () => {
    const volume = await make()
    const write = (text: string) => volumes().write(volume, 'data/door', text, recordIo())
    await write('open')
    // To the last block: what a filesystem has only set aside for a write is free again once that is on disk.
    await outputOf(volume, 'dd if=/dev/zero of="$VOLUME/large" bs=1M conv=fsync; i=0; while dd if=/dev/zero of="$VOLUME/small-$i" bs=4k count=1 conv=fsync; do i=$((i+1)); done')
    await expect(write('shut')).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringContaining('is full') })
    await write('open')
    expect(await outputOf(volume, 'cat "$VOLUME/data/door"')).toEqual(['open'])
  })

  it('is made as small as what it holds allows, and not smaller', async () => {
    const volume = await make({ sizeMb: 600 })
    const large = 'for i in 1 2 3 4; do fallocate --length 100M "$VOLUME/large-$i"; done; ls "$VOLUME" | wc -l'
    expect(await outputOf(volume, large)).toEqual(['4'])
    const usedMb = (await volumes().inspect(volume))!.usedMb!
    const tell = async () => {
      await volumes().attach(volume, recordIo())
      expect(blocksOf(volume) * 4096).toBe(usedMb * 1024 ** 2)
      expect(await outputOf(volume, 'ls "$VOLUME" | wc -l')).toEqual(['4'])
      await volumes().detach(volume, recordIo())
    }
    await volumes().detach(volume, recordIo())
    await volumes().resize(volume, usedMb, recordIo())
    await tell()
    const smaller = volumes().resize(volume, 400, recordIo())
    await expect(smaller).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/holds 4\d\d MB, which is more than 400 MB/) })
    await tell()
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
        const runner = spawnRunner(world, 'resize', { ...volume, sizeMb })
        await until('it has come so far', () => runner.exitCode !== null || hasCome(sizeMb))
        await killRunner(runner)
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
    const runner = spawnRunner(world, 'resize', volume)
    await until('another waits', () => waiting().length === 1)
    await killRunner(runner)
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

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
