import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSpec, pullRequest, recordIo, until, untilSaid } from '../contract/world.ts'
import type { ContainerSpec, PullRequest } from '../driver.ts'
import type { ContainerRecord } from './container-folder.ts'
import { killRunner, openLocalWorld, spawnRunner, type LocalWorld } from './local-world.ts'
import { openLocks } from '../machine/lock.ts'
import { identify, isAlive } from '../machine/process.ts'
import { trimOutput } from './trim.ts'

const modes = process.getuid?.() === 0 ? [true, false] : [false]

for (const isolate of modes) {
  describe(`when runners die, a local driver ${isolate ? 'with' : 'without'} isolation`, () => {
    let world: LocalWorld
    const runners: ChildProcess[] = []
    beforeAll(async () => {
      world = openLocalWorld({ isolate })
    })
    afterAll(async () => {
      for (const runner of runners) runner.kill('SIGKILL')
      await world.close()
    })

    function anotherRunner(method: 'prepare' | 'start' | 'runOnce' | 'pull', input: ContainerSpec | PullRequest) {
      const runner = spawnRunner(world, method, input)
      runners.push(runner)
      const lines = createInterface(runner.stdout)[Symbol.asyncIterator]()
      return { runner, said: async () => String((await lines.next()).value) }
    }

    const recordPath = (name: string) => join(world.options.folder, 'containers', name, 'container.json')
    const readRecord = (name: string) => JSON.parse(readFileSync(recordPath(name), 'utf8')) as ContainerRecord
    const changeRecord = (name: string, change: Partial<ContainerRecord>) => writeFileSync(recordPath(name), JSON.stringify({ ...readRecord(name), ...change }))

    it('keeps the containers of a dead runner, and their output', async () => {
      const spec = await makeSpec(world, 'wait for a poke')
      const { runner, said } = anotherRunner('start', spec)
      await said()
      const started: unknown = JSON.parse(await said())
      await untilSaid(world, spec.name, 'waiting')
      await killRunner(runner)
      expect(await world.driver.start(spec, recordIo())).toEqual(started)
      await world.poke(spec.name)
      await untilSaid(world, spec.name, 'poked')
    })

    it('ends what a dead runner had only made ready, and starts it all the same', async () => {
      const spec = await makeSpec(world, 'serve')
      const { runner, said } = anotherRunner('prepare', spec)
      await said()
      await said()
      expect(await world.driver.inspect(spec)).toMatchObject({ running: false })
      expect(await world.countProcesses(spec.name)).toBeGreaterThan(0)
      await killRunner(runner)
      await until('it has ended', async () => (await world.countProcesses(spec.name)) === 0)
      await world.driver.start(spec, recordIo())
      await untilSaid(world, spec.name, 'serving')
    })

    it('adopts the one-off container of a dead runner, and gives its exit code', async () => {
      const spec = await makeSpec(world, 'wait for a poke')
      const { runner, said } = anotherRunner('runOnce', spec)
      await said()
      await until('it runs', async () => (await world.driver.inspect(spec))?.running === true)
      await untilSaid(world, spec.name, 'waiting')
      await killRunner(runner)
      const io = recordIo()
      const code = world.driver.runOnce(spec, io)
      await world.poke(spec.name)
      expect(await code).toBe(7)
      expect(io.texts(spec.name)).toEqual(['waiting', 'poked'])
    })

    for (const [fate, signal] of [['died', 'SIGKILL'], ['sleeps', 'SIGSTOP']] as const) {
      it(`builds from the start after a runner that ${fate} in the middle of it`, async () => {
        const source = await world.makeSource({ procfile: 'web: serve' })
        const request = pullRequest(source, { buildCommand: `test -e begun && exit 9; touch begun; node behave.js scatter & test -e ${world.root}/${fate} || wait` })
        const { runner } = anotherRunner('pull', request)
        await until('it builds', async () => (await world.driver.inspect(request))?.running === true)
        await untilSaid(world, request.name, 'scattered')
        runner.kill(signal)
        writeFileSync(join(world.root, fate), '')
        expect(await world.driver.pull(request, recordIo())).toMatchObject({ made: true, version: source.commit })
        expect(await world.countProcesses(request.name)).toBe(0)
      })
    }

    it('knows of the image that a dead runner had begun, and lets a sweep remove it', async () => {
      const source = await world.makeSource({ procfile: 'web: serve' })
      const half = { id: 91, handle: 'half' }
      const request = pullRequest(source, { owner: half, buildCommand: 'node behave.js scatter' })
      const { runner } = anotherRunner('pull', request)
      await until('it builds', async () => (await world.driver.inspect(request))?.running === true)
      const [image] = (await world.driver.kept()).find(({ owner }) => owner === half.id)?.images ?? []
      expect(await world.driver.discardImage(image!, half.id, async () => false)).toBe(false)
      await killRunner(runner)
      await world.driver.remove(request)
      expect(await world.driver.discardImage(image!, half.id, async () => false)).toBe(true)
      expect((await world.everything()).filter((path) => path.includes(image!))).toEqual([])
    })

    it('starts one container when several runner processes start it at once', async () => {
      const spec = await makeSpec(world, 'serve')
      const others = [1, 2, 3].map(() => anotherRunner('start', spec))
      await Promise.all(others.map(({ said }) => said()))
      const started = await Promise.all(others.map(({ said }) => said()))
      expect(new Set(started).size).toBe(1)
      await untilSaid(world, spec.name, 'serving')
      await world.driver.stop(spec, 30, recordIo())
      const said: string[] = []
      for await (const line of world.driver.logs(spec, 0, recordIo().signal)) said.push(line.text)
      expect(said).toEqual(['serving', 'told to stop'])
    })

    it('finds the container of a runner that died before it could note the process', async () => {
      const spec = await makeSpec(world, 'serve')
      const started = await world.driver.start(spec, recordIo())
      await untilSaid(world, spec.name, 'serving')
      changeRecord(spec.name, { process: null })
      expect(await world.another.inspect(spec)).toMatchObject({ running: true })
      expect(await world.another.start(spec, recordIo())).toEqual(started)
      await world.another.stop(spec, 30, recordIo())
      expect(await world.countProcesses(spec.name)).toBe(0)
      expect(await world.driver.inspect(spec)).toMatchObject({ running: false, exitCode: 0 })
    })

    it('ends what a first process left behind that had ended before it was noted', async () => {
      const spec = await makeSpec(world, 'scatter', { command: `(node behave.js scatter &); test -e ${world.root}/never || true` })
      await world.driver.start(spec, recordIo())
      if (!isolate) await until('it has scattered', async () => (await world.countProcesses(spec.name)) === 3)
      await until('the first has ended', async () => !isAlive(readRecord(spec.name).process))
      changeRecord(spec.name, { process: null })
      await world.another.remove(spec)
      expect(await world.countProcesses(spec.name)).toBe(0)
      expect(await world.driver.inspect(spec)).toBeNull()
    })

    it('takes nobody else for its container: neither after a reboot, nor when the pid was handed on', async () => {
      const spec = await makeSpec(world, 'serve')
      const first = await world.driver.start(spec, recordIo())
      await untilSaid(world, spec.name, 'serving')
      await world.driver.stop(spec, 30, recordIo())
      const self = identify(process.pid)
      for (const stranger of [{ ...self, bootId: 'an earlier boot' }, { ...self, startTicks: 1 }]) {
        changeRecord(spec.name, { process: { pid: process.pid, startTicks: 1, bootId: '', ...stranger } })
        expect(await world.driver.inspect(spec)).toMatchObject({ running: false })
        await world.driver.stop(spec, 0, recordIo())
      }
      expect(isAlive(self)).toBe(true)
      expect(await world.driver.start(spec, recordIo())).toEqual(first)
    })

    it('gives a one-off container that vanished no second run', async () => {
      const spec = await makeSpec(world, 'wait for a poke')
      await world.driver.start(spec, recordIo())
      await untilSaid(world, spec.name, 'waiting')
      const pid = readRecord(spec.name).process?.pid as number
      process.kill(pid, 'SIGKILL')
      await until('it has vanished', async () => (await world.driver.inspect(spec))?.running === false)
      await expect(world.driver.runOnce(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining('without leaving an exit code') })
    })
  })
}

describe('openLocks', () => {
  it('lets one in at a time, and refuses whoever waits for too long', async () => {
    const world = openLocalWorld({})
    const [one, other] = [openLocks(join(world.root, 'l')), openLocks(join(world.root, 'l'))]
    const inside = Promise.withResolvers<void>()
    const leave = Promise.withResolvers<void>()
    const first = one.alone('web-1', 1000, async () => {
      inside.resolve()
      await leave.promise
    })
    await inside.promise
    expect(other.isHeld('web-1')).toBe(true)
    await expect(other.alone('web-1', 10, async () => {})).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
    leave.resolve()
    await first
    expect(other.isHeld('web-1')).toBe(false)
    expect(await other.alone('web-1', 1000, async () => 'in')).toBe('in')
    await world.close()
  })
})

describe.skipIf(process.platform !== 'linux')('trimOutput', () => {
  it('bounds the disk an output takes, and keeps its positions', async () => {
    const world = openLocalWorld({ outputBytesMax: 256 * 1024 })
    const spec = await makeSpec(world, 'serve', { port: false, command: 'i=0; while [ $i -lt 20000 ]; do echo "line $i: some text that is here to fill it up"; i=$((i+1)); done' })
    const io = recordIo()
    await world.driver.runOnce(spec, io)
    const lines = io.texts(spec.name)
    expect(lines).toHaveLength(20_000)
    await world.driver.list()
    const path = join(world.options.folder, 'containers', spec.name, 'output')
    expect(existsSync(`${path}-start`)).toBe(true)
    const left: string[] = []
    for await (const line of world.driver.logs(spec, 0, io.signal)) left.push(line.text)
    expect(left[0]).toMatch(/\d+ bytes of older output are gone/)
    expect(left.length).toBeLessThan(6000)
    expect(left.slice(2)).toEqual(lines.slice(-(left.length - 2)))
    await trimOutput(path, 256 * 1024)
    const from = io.lines[19_989]?.position ?? 0
    const tail: string[] = []
    for await (const line of world.driver.logs(spec, from, io.signal)) tail.push(line.text)
    expect(tail).toEqual(lines.slice(-10))
    await world.close()
  })
})
