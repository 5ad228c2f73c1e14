import { describe, expect, it } from 'vitest'
import { Refusal } from '../../refusal.ts'
import { freshName, makeSpec, recordIo, until, untilSaid, type Opened } from './world.ts'

export function describeContainers(world: Opened): void {
  describe('place', () => {
    it('names a place for each container, and changes nothing', async () => {
      const before = await world().driver.list()
      const placed = await world().driver.place({ containers: ['a', 'b'].map((name) => ({ name, memoryMb: 1, beside: true })), elders: [] })
      expect(placed.map(({ name }) => name)).toEqual(['a', 'b'])
      expect(await world().driver.list()).toEqual(before)
    })

    it('refuses with the numbers when there is no room', async () => {
      const placed = world().driver.place({ containers: [{ name: 'a', memoryMb: 900_000_000, beside: true }], elders: [] })
      await expect(placed).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/900000000.*\d+ MB/) })
    })

    it('has room for what takes no more than what stops before it starts', async () => {
      const placed = (beside: boolean) => world().driver.place({ containers: [{ name: 'a', memoryMb: 900_000_000, beside }], elders: [{ memoryMb: 900_000_000 }] })
      expect(await placed(false)).toMatchObject([{ name: 'a' }])
      await expect(placed(true)).rejects.toMatchObject({ name: 'Refusal', code: 'conflict' })
    })
  })

  describe('prepare', () => {
    it('makes ready what start starts, and runs nothing of it', async () => {
      const spec = await makeSpec(world(), 'serve', { variables: { GREETING: 'hello' } })
      await world().driver.prepare(spec, recordIo())
      await world().driver.prepare(spec, recordIo())
      expect(await world().another.inspect(spec)).toMatchObject({ name: spec.name, owner: spec.owner.id, running: false, exitCode: null })
      const started = await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await world().driver.prepare(spec, recordIo())
      expect(await world().driver.start(spec, recordIo())).toEqual(started)
      expect(await world().another.inspect(spec)).toMatchObject({ running: true, address: started.address })
      await world().driver.stop(spec, 30, recordIo())
      await world().driver.remove(spec)
    })

    it('leaves nothing behind when it is stopped and removed without a start', async () => {
      const spec = await makeSpec(world(), 'serve')
      await world().driver.prepare(spec, recordIo())
      const io = recordIo()
      await world().another.stop(spec, 30, io)
      expect(io.texts()).toEqual([])
      await world().another.remove(spec)
      expect(await world().countProcesses(spec.name)).toBe(0)
      expect((await world().everything()).filter((thing) => thing.includes(spec.name))).toEqual([])
    })

    it('need not be of the runner that starts it', async () => {
      const spec = await makeSpec(world(), 'serve')
      await world().driver.prepare(spec, recordIo())
      await world().another.prepare(spec, recordIo())
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await world().driver.remove(spec)
    })

    it('says what stands against its start', async () => {
      const spec = await makeSpec(world(), 'serve', { image: 'nowhere' })
      await expect(world().driver.prepare(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal' })
      expect(await world().driver.inspect(spec)).toBeNull()
    })
  })

  describe('start', () => {
    it('starts a container, with an address when it has a port', async () => {
      const spec = await makeSpec(world(), 'serve')
      const started = await world().driver.start(spec, recordIo())
      expect(started).toEqual({ name: spec.name, address: { host: expect.any(String), port: expect.any(Number) } })
      expect(await world().another.inspect(spec)).toMatchObject({
        name: spec.name, owner: spec.owner.id, fence: spec.fence, image: spec.image, running: true, exitCode: null, address: started.address,
      })
    })

    it('gives no address to a container without a port', async () => {
      const spec = await makeSpec(world(), 'never listen', { port: false })
      expect(await world().driver.start(spec, recordIo())).toEqual({ name: spec.name, address: null })
    })

    it('starts one container when asked twice, also at once and by two runners', async () => {
      const spec = await makeSpec(world(), 'serve')
      const drivers = [world().driver, world().another, world().driver, world().another]
      const started = await Promise.all(drivers.map((driver) => driver.start(spec, recordIo())))
      expect(new Set(started.map(({ address }) => address?.port)).size).toBe(1)
      await untilSaid(world(), spec.name, 'serving')
      expect(await world().driver.start(spec, recordIo())).toEqual(started[0])
      expect((await world().driver.list()).filter(({ name }) => name === spec.name)).toHaveLength(1)
      const said: string[] = []
      await world().driver.stop(spec, 30, recordIo())
      for await (const line of world().driver.logs(spec, 0, recordIo().signal)) said.push(line.text)
      expect(said).toEqual(['serving', 'told to stop'])
    })

    it('gives each container a port of its own', async () => {
      const spec = await makeSpec(world(), 'serve')
      const specs = [1, 2, 3, 4].map(() => ({ ...spec, name: freshName('c') }))
      const started = await Promise.all(specs.map((each) => world().driver.start(each, recordIo())))
      expect(new Set(started.map(({ address }) => `${address?.host}:${address?.port}`)).size).toBe(4)
    })

    it('starts an ended container again, at the same address', async () => {
      const spec = await makeSpec(world(), 'wait for a poke')
      const first = await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'waiting')
      await world().poke(spec.name)
      await until('it has ended', async () => (await world().driver.inspect(spec))?.running === false)
      expect(await world().driver.start(spec, recordIo())).toEqual(first)
      expect(await world().driver.inspect(spec)).toMatchObject({ running: true, exitCode: null })
    })

    it('refuses an unknown image', async () => {
      const spec = await makeSpec(world(), 'serve', { image: '0123456789-0123456789abcdef' })
      await expect(world().driver.start(spec, recordIo())).rejects.toBeInstanceOf(Refusal)
      expect(await world().driver.inspect(spec)).toBeNull()
    })

    it('changes nothing when the runner no longer owns the operation', async () => {
      const spec = await makeSpec(world(), 'serve')
      const stale = { ...recordIo(), guard: () => Promise.reject(new Error('not yours')) }
      await expect(world().driver.start(spec, stale)).rejects.toThrow('not yours')
      expect(await world().driver.inspect(spec)).toBeNull()
    })

    it('hands the variables and the port over', async () => {
      const greeting = `it's "quoted" $HOME \`id\`\nand a second line\n\n é`
      const spec = await makeSpec(world(), 'tell variables', { variables: { GREETING: greeting, PORT: '1' } })
      const { address } = await world().driver.start(spec, recordIo())
      const said: string[] = []
      for await (const line of world().driver.logs(spec, 0, recordIo().signal)) said.push(line.text)
      expect(said).toEqual([`GREETING=${JSON.stringify(greeting)}`, `PORT=${JSON.stringify(String(address?.port))}`])
    })
  })

  describe('stop', () => {
    it('tells a container to stop and waits for it', async () => {
      const spec = await makeSpec(world(), 'serve')
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await world().another.stop(spec, 30, recordIo())
      expect(await world().driver.inspect(spec)).toMatchObject({ running: false, exitCode: 0 })
      expect(await world().countProcesses(spec.name)).toBe(0)
    })

    it('kills what does not listen, whole, and says so', async () => {
      for (const [behaviour, word] of [['ignore SIGTERM', 'stubborn'], ['scatter', 'scattered']] as const) {
        const spec = await makeSpec(world(), behaviour)
        await world().driver.start(spec, recordIo())
        await untilSaid(world(), spec.name, word)
        const io = recordIo()
        await world().driver.stop(spec, 0.05, io)
        expect(await world().driver.inspect(spec)).toMatchObject({ running: false })
        expect(await world().countProcesses(spec.name)).toBe(0)
        expect(io.texts('davit')).toEqual([expect.stringMatching(/0\.05 s .* was killed/)])
      }
    })

    it('is content when the container has ended or was never there', async () => {
      const spec = await makeSpec(world(), 'serve')
      await world().driver.stop(spec, 1, recordIo())
      await world().driver.start(spec, recordIo())
      await world().driver.stop(spec, 1, recordIo())
      await world().driver.stop(spec, 1, recordIo())
    })
  })

  describe('remove', () => {
    it('ends and forgets a container, and is content when it is absent', async () => {
      const spec = await makeSpec(world(), 'scatter')
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'scattered')
      await world().another.remove(spec)
      expect(await world().countProcesses(spec.name)).toBe(0)
      expect(await world().driver.inspect(spec)).toBeNull()
      expect(await world().driver.list()).not.toContainEqual(expect.objectContaining({ name: spec.name }))
      await world().driver.remove(spec)
    })
  })

  describe('list', () => {
    it('holds what runs and what has ended, whoever started it', async () => {
      const running = await makeSpec(world(), 'serve', { fence: 41 })
      const ended = await makeSpec(world(), 'crash', { fence: 42 })
      await world().driver.start(running, recordIo())
      await world().driver.start(ended, recordIo())
      await until('it has crashed', async () => (await world().driver.inspect(ended))?.running === false)
      const list = await world().another.list()
      expect(list).toContainEqual(expect.objectContaining({ name: running.name, running: true, fence: 41 }))
      expect(list).toContainEqual(expect.objectContaining({ name: ended.name, running: false, exitCode: 3, fence: 42 }))
    })
  })

  describe('describe', () => {
    it('says in words whether apps are kept apart', async () => {
      const { isolated, summary } = await world().driver.describe()
      expect(typeof isolated).toBe('boolean')
      expect(summary).toMatch(/^[A-Z].+\.$/)
    })
  })
}
