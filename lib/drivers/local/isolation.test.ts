import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshName, makeSpec, owner, pullRequest, recordIo, untilSaid } from '../contract/world.ts'
import { killRunner, openLocalWorld, spawnRunner, type LocalWorld } from './local-world.ts'

const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('a container of the isolated local driver', () => {
  let world: LocalWorld
  beforeAll(async () => {
    world = openLocalWorld({})
  })
  afterAll(async () => {
    await world.close()
  })

  async function outputOf(command: string, changes: object = {}): Promise<string[]> {
    const io = recordIo()
    const spec = await makeSpec(world, 'serve', { command, port: false, ...changes })
    await world.driver.runOnce(spec, io)
    return io.texts(spec.name)
  }

  it('says that it is isolated, and what it is not', async () => {
    expect(await world.driver.describe()).toMatchObject({ isolated: true, summary: expect.stringMatching(/nothing limits how much of them one app takes\.$/) })
  })

  it('has no limit of its own on memory, as the stack is said to have none', async () => {
    const own = /^Max (data size|resident set|address space)\s+(\S+)/gm
    const said = (await outputOf('cat /proc/self/limits')).join('\n')
    expect([...said.matchAll(own)].map(([, what, limit]) => [what, limit])).toEqual([...readFileSync('/proc/self/limits', 'utf8').matchAll(own)].map(([, what, limit]) => [what, limit]))
    expect(await outputOf('cat /proc/self/cgroup')).toEqual(readFileSync('/proc/self/cgroup', 'utf8').trim().split('\n'))
  })

  it('has a uid of its own for each owner, and no way back to root', async () => {
    const [one] = await outputOf('id -u')
    const [other] = await outputOf('id -u', { owner: { id: 2, handle: 'blog' } })
    expect(Number(one)).toBeGreaterThanOrEqual(630_000)
    expect(Number(other)).toBeGreaterThanOrEqual(630_000)
    expect(one).not.toBe(other)
    expect(await outputOf('grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status')).toEqual([
      'CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000', 'NoNewPrivs:\t1',
    ])
  })

  it('inherits nothing of the environment of Davit', async () => {
    process.env.DAVIT_TEST_LEAK = 'leak'
    const names = (await outputOf('env')).map((line) => line.split('=')[0])
    expect(names.sort()).toEqual(['DAVIT_CONTAINER', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR'].filter((name) => names.includes(name)))
    expect(names).toEqual(expect.arrayContaining(['HOME', 'LANG', 'PATH', 'TMPDIR']))
  })

  it('is not taken for a part of the package that Davit is', async () => {
    writeFileSync(join(world.root, 'package.json'), '{"type":"module"}')
    expect(await outputOf('echo "console.log(typeof require)" > old.js && node old.js')).toEqual(['function'])
  })

  it('finds no package that it does not declare, in a build, at work, in HOME and in TMPDIR', async () => {
    mkdirSync(join(world.root, 'node_modules', 'next'), { recursive: true })
    writeFileSync(join(world.root, 'node_modules', 'next', 'index.js'), '')
    const look = `echo "try { require('next') } catch (error) { console.log(error.code) }" > look.js; node look.js`
    const source = await world.makeSource({ procfile: 'web: serve' })
    const request = pullRequest(source, { buildCommand: look })
    const io = recordIo()
    await world.driver.pull(request, io)
    expect(io.texts(request.name)).toEqual(['MODULE_NOT_FOUND'])
    expect(await outputOf(`(${look}); (cd "$HOME"; ${look}); (cd "$TMPDIR"; ${look})`)).toEqual(Array(3).fill('MODULE_NOT_FOUND'))
  })

  it('lets no variable of the app reach what runs as root', async () => {
    const evil = join(world.root, 'evil')
    mkdirSync(evil)
    for (const program of ['setpriv', 'mount', 'unshare', 'sh']) {
      writeFileSync(join(evil, program), `#!/bin/sh\nid -u > ${evil}/ran-${program}\n`)
      chmodSync(join(evil, program), 0o755)
    }
    chmodSync(evil, 0o777)
    const variables = { PATH: `${evil}:/usr/bin:/bin`, ENV: join(evil, 'sh'), BASH_ENV: join(evil, 'sh'), IFS: 'a', davit_target: '1' }
    expect(await outputOf('echo "$PATH"; ls ' + evil, { variables })).toEqual([variables.PATH, 'mount', 'setpriv', 'sh', 'unshare'])
  })

  it('sees no process but its own', async () => {
    const neighbour = await makeSpec(world, 'serve')
    await world.driver.start(neighbour, recordIo())
    await untilSaid(world, neighbour.name, 'serving')
    const pids = await outputOf('ls /proc | grep -E "^[0-9]+$"')
    expect(pids.length).toBeLessThan(6)
  })

  it("cannot read Davit's files or another app's", async () => {
    const other = await makeSpec(world, 'serve', { owner: { id: 2, handle: 'blog' } })
    await world.driver.start(other, recordIo())
    await untilSaid(world, other.name, 'serving')
    const folder = join(world.root, 'stack')
    const theirs = join(folder, 'containers', other.name)
    for (const path of [
      folder, join(folder, 'containers'), theirs, join(theirs, 'home'), join(theirs, 'tmp'), join(theirs, 'output'), join(theirs, 'container.json'),
      join(folder, 'images', other.image), join(folder, 'images', `${other.image}.json`), join(folder, 'git', '1'), join(folder, 'locks'), join(world.root, 'machine'),
    ]) {
      expect((await outputOf(`if [ -f ${path} ]; then cat ${path}; else ls ${path}; fi 2>&1`)).at(-1), path).toMatch(/Permission denied/)
    }
  })

  it('writes to a layer of its own, at the path of its build, and leaves the image as it was', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    const image = await world.driver.pull(pullRequest(source, { buildCommand: 'pwd > built-at; echo built' }), recordIo())
    const spec = await makeSpec(world, 'serve', { image: image.id, port: false })
    const io = recordIo()
    await world.driver.runOnce({ ...spec, command: 'pwd; cat built-at; echo mine > built-at && cat built-at' }, io)
    const [here, there, mine] = io.texts(spec.name)
    expect(there).toBe(here)
    expect(mine).toBe('mine')
    const next = { ...spec, name: `${spec.name}-next`, command: 'cat built-at' }
    const again = recordIo()
    await world.driver.runOnce(next, again)
    expect(again.texts(next.name)).toEqual([here])
  })

  it('can write to HOME and TMPDIR', async () => {
    expect(await outputOf('echo a > "$HOME/a" && echo b > "$TMPDIR/b" && cat "$HOME/a" "$TMPDIR/b"')).toEqual(['a', 'b'])
  })

  it('follows no link that a repository makes of its Procfile', async () => {
    const source = await world.makeSource({ procfile: null }, { Procfile: '/etc/shadow' })
    await expect(world.driver.pull(pullRequest(source), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid' })
  })
})

describe.skipIf(!isRoot)('a local driver that can mount nothing', () => {
  it('says that what runs on a volume finds no name for its user', async () => {
    const world = openLocalWorld({})
    const runner = spawnRunner(world, 'describe', {}, ['setpriv', '--bounding-set=-sys_admin'])
    const lines = createInterface(runner.stdout)[Symbol.asyncIterator]()
    await lines.next()
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ sized: false, oddUser: 'a user without a name' })
    await killRunner(runner)
    await world.close()
  })
})

describe('a local driver without isolation', () => {
  it('says when apps find packages that they do not declare', async () => {
    const world = openLocalWorld({ isolate: false })
    expect((await world.driver.describe()).summary).not.toContain('packages')
    mkdirSync(join(world.root, 'node_modules'))
    expect(await world.driver.describe()).toMatchObject({ isolated: false, summary: expect.stringContaining(`packages for them in ${world.root}/node_modules`) })
    await world.close()
  })
})

describe.skipIf(!isRoot)('a local driver whose folder lets no other user pass', () => {
  let closed: string
  let world: LocalWorld
  beforeAll(() => {
    closed = mkdtempSync(join(tmpdir(), 'davit-closed-'))
    world = openLocalWorld({ folder: join(closed, 'stack') })
  })
  afterAll(async () => {
    await world.close()
    rmSync(closed, { recursive: true })
  })

  it('says how that is mended, and runs containers on volumes all the same', async () => {
    const { driver } = world
    expect(await driver.describe()).toMatchObject({ isolated: false, summary: expect.stringContaining('chmod o+x mends that') })
    expect(await driver.volumes!.describe()).toMatchObject({ sized: false, oddUser: 'root' })
    const volume = { name: freshName('volume'), owner, place: 'first', sizeMb: 8, fence: 1 }
    await driver.volumes!.create(volume, recordIo())
    await driver.volumes!.attach(volume, recordIo())
    const io = recordIo()
    const spec = await makeSpec(world, 'keep a count', { volume: volume.name, place: volume.place, port: false })
    expect(await driver.runOnce(spec, io), io.texts(spec.name).join('\n')).toBe(0)
    expect(io.texts(spec.name)).toEqual(['count 1'])
  })
})

if (!isRoot) it.skip('is NOT COVERED here: isolation needs root', () => {})
