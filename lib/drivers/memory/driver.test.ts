import { describe, expect, it } from 'vitest'
import { testDriver } from '../contract.ts'
import { freshName, makeSpec, owner, recordIo, type TestSource, type World } from '../contract/world.ts'
import { createMemoryDriver } from './driver.ts'
import { createMemoryWorld, type MemoryWorld } from './world.ts'

async function openWorld(memory: MemoryWorld = createMemoryWorld()): Promise<World> {
  let sources = 0
  return {
    takesPrograms: true,
    driver: createMemoryDriver(memory),
    another: createMemoryDriver(memory),
    async makeSource(files) {
      const url = `memory://source-${++sources}`
      const source: TestSource = {
        url,
        commit: memory.push(url, files),
        buildCommand: files.build ?? null,
        async push(next) {
          source.buildCommand = next.build ?? null
          return memory.push(url, next)
        },
      }
      return source
    },
    declares: true,
    shorten: (commit) => commit.slice(0, 8),
    deadUrl: 'memory://nowhere',
    command: (behaviour) => behaviour,
    poke: async (name) => memory.poke(name),
    countProcesses: async (name) => memory.containers.get(name)?.processes ?? 0,
    everything: async () => [...memory.containers.keys(), ...memory.images.keys(), ...memory.volumes.keys(), ...memory.listeners.keys(), ...[...memory.caches].map((owner) => `cache of ${owner}`)].sort(),
    visibleCommandLines: async () => [...memory.containers.values()].map((container) => container.snapshot().command).join('\n'),
    close: async () => {},
  }
}

testDriver('memory', () => openWorld())

describe('createMemoryWorld', () => {
  async function setUp() {
    const memory = createMemoryWorld()
    const world = await openWorld(memory)
    return { memory, world, driver: createMemoryDriver(memory), spec: await makeSpec(world, 'serve') }
  }

  it('holds a call at a gate, before its effect or after', async () => {
    const { memory, driver, spec } = await setUp()
    const before = memory.hold('start', { of: spec.name })
    const after = memory.hold('start', { moment: 'after' })
    const started = driver.start(spec, recordIo())
    expect(await before.reached).toBe(spec.name)
    expect(memory.containers.has(spec.name)).toBe(false)
    before.open()
    await after.reached
    expect(memory.containers.get(spec.name)?.running).toBe(true)
    after.open()
    expect(await started).toMatchObject({ name: spec.name })
  })

  it('lets an abort through a gate', async () => {
    const { memory, driver, spec } = await setUp()
    const gate = memory.hold('start')
    const io = recordIo()
    const reason = new Error('cancelled')
    const started = driver.start(spec, io).catch((error: unknown) => error)
    await gate.reached
    io.abort(reason)
    expect(await started).toBe(reason)
    expect(memory.containers.has(spec.name)).toBe(false)
  })

  it('fails the next call of a method, once', async () => {
    const { memory, driver, spec } = await setUp()
    memory.fail('start', new Error('the engine is on fire'))
    await expect(driver.start(spec, recordIo())).rejects.toThrow('on fire')
    await driver.start(spec, recordIo())
  })

  it('runs a scripted command', async () => {
    const { memory, driver, spec } = await setUp()
    memory.script('migrate', async (self) => {
      self.say('moving tables')
      await self.poked
      return 4
    })
    const io = recordIo()
    const run = driver.runOnce({ ...spec, command: 'migrate' }, io)
    await memory.said(spec.name, 'moving tables')
    memory.poke(spec.name)
    expect(await run).toBe(4)
    expect(io.texts(spec.name)).toEqual(['moving tables'])
  })

  it('does nothing more for a runner that died, and leaves what it began to others', async () => {
    const { memory, driver, spec } = await setUp()
    const gate = memory.hold('start')
    void driver.start(spec, recordIo())
    await gate.reached
    driver.die()
    gate.open()
    const other = createMemoryDriver(memory)
    const next = { ...spec, name: freshName('c') }
    await other.start(next, recordIo())
    expect(memory.snapshot().containers.map(({ name }) => name)).toEqual([next.name])
  })

  it('frees the turn of a runner that died in the middle', async () => {
    const { memory, driver, spec } = await setUp()
    const asked = Promise.withResolvers<void>()
    const io = { ...recordIo(), guard: () => (asked.resolve(), new Promise<void>(() => {})) }
    void driver.start(spec, io)
    await asked.promise
    driver.die()
    expect(await createMemoryDriver(memory).start(spec, recordIo())).toMatchObject({ name: spec.name })
  })

  it('is the same in a snapshot when all was put back', async () => {
    const { memory, driver, spec } = await setUp()
    const before = memory.snapshot()
    await driver.start(spec, recordIo())
    expect(memory.snapshot()).not.toEqual(before)
    await driver.remove(spec)
    expect(memory.snapshot()).toEqual(before)
    expect(memory.changes.slice(-2)).toEqual([`start ${spec.name}`, `remove ${spec.name}`])
    expect(owner.id).toBe(spec.owner.id)
  })
})
