import { describe, expect, it } from 'vitest'
import { openVolumes } from './volume-world.ts'
import { freshName, recordIo, untilSaid, type Opened } from './world.ts'

const refused = { name: 'Refusal', code: 'conflict' }

export function describeVolumes(world: Opened): void {
  const { volumes, another, placeOf, newSpec, make, specOn, say, loseAtEveryMoment } = openVolumes(world)

  describe('volumes', () => {
    it('says in words what a size means, and which places there are', async () => {
      expect((await volumes().describe()).summary).toMatch(/^[A-Z].+\.$/)
      const places = await volumes().places()
      expect(places.length).toBeGreaterThan(0)
      for (const { freeMb, totalMb, trouble } of places) {
        expect(trouble).toBeNull()
        expect(freeMb).toBeGreaterThan(0)
        expect(totalMb).toBeGreaterThanOrEqual(freeMb)
      }
    })

    it('creates one that is detached, empty, and the same when asked twice', async () => {
      const spec = await newSpec()
      await volumes().create(spec, recordIo())
      const state = { name: spec.name, owner: spec.owner.id, fence: spec.fence, place: spec.place, reachable: true, sizeMb: spec.sizeMb, attached: false }
      expect(await another().inspect(spec)).toMatchObject(state)
      await volumes().attach(spec, recordIo())
      await volumes().write(spec, 'there', 'still', recordIo())
      await another().create(spec, recordIo())
      expect(await say(spec, 'tell volume')).toEqual(['there: still'])
      expect(await another().list()).toContainEqual(expect.objectContaining({ ...state, attached: true, usedMb: expect.any(Number) }))
      await Promise.all([volumes().create(spec, recordIo()), another().create(spec, recordIo())])
    })

    it('leaves one to its owner when another wants the same name', async () => {
      const spec = await newSpec()
      await volumes().create(spec, recordIo())
      await expect(another().create({ ...spec, owner: { id: 85, handle: 'other' } }, recordIo())).rejects.toMatchObject({ ...refused, message: expect.stringContaining(spec.owner.handle) })
      expect(await volumes().inspect(spec)).toMatchObject({ owner: spec.owner.id })
    })

    it('makes one whole that another runner has left half-made, and removes one that stays so', async () => {
      const spec = await newSpec()
      await loseAtEveryMoment((io) => volumes().create(spec, io), async () => {
        await another().create(spec, recordIo())
        await another().attach(spec, recordIo())
        expect(await say(spec, 'tell volume')).toEqual([])
        await another().remove(spec, recordIo())
      })
      await loseAtEveryMoment((io) => volumes().create(spec, io), async () => {
        await another().remove(spec, recordIo())
        expect((await another().list()).filter(({ name }) => name === spec.name)).toEqual([])
      })
    })

    it('refuses one for which there is no room, with the numbers, and one at a place that is not there', async () => {
      const large = await newSpec({ sizeMb: 900_000_000 })
      await expect(volumes().create(large, recordIo())).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/900000000 MB.*\d+ MB/) })
      await expect(volumes().create(await newSpec({ place: 'nowhere' }), recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
      expect(await volumes().inspect(large)).toBeNull()
      await volumes().remove(large, recordIo())
    })

    it('is seen by a container as VOLUME, and keeps its data over containers', async () => {
      const volume = await make()
      expect(await say(volume, 'keep a count')).toEqual(['count 1'])
      expect(await say(volume, 'keep a count')).toEqual(['count 2'])
    })

    it('keeps its data while it is detached, with which no container starts', async () => {
      const volume = await make()
      await say(volume, 'keep a count')
      await volumes().detach(volume, recordIo())
      await another().detach(volume, recordIo())
      expect(await volumes().inspect(volume)).toMatchObject({ attached: false })
      const spec = await specOn(volume, 'keep a count')
      await expect(world().driver.runOnce(spec, recordIo())).rejects.toMatchObject(refused)
      await expect(world().driver.start(spec, recordIo())).rejects.toMatchObject(refused)
      await another().attach(volume, recordIo())
      await volumes().attach(volume, recordIo())
      expect(await volumes().inspect(volume)).toMatchObject({ attached: true })
      expect(await say(volume, 'keep a count')).toEqual(['count 2'])
    })

    it('is attached and detached by whoever takes over, at whatever moment', async () => {
      const volume = await make()
      await say(volume, 'keep a count')
      await loseAtEveryMoment((io) => volumes().detach(volume, io), async () => {
        await another().attach(volume, recordIo())
        expect((await say(volume, 'tell volume'))).toEqual(['counts/count: 1'])
      })
      await volumes().detach(volume, recordIo())
      await loseAtEveryMoment((io) => volumes().attach(volume, io), () => another().detach(volume, recordIo()))
      await another().attach(volume, recordIo())
      expect(await say(volume, 'tell volume')).toEqual(['counts/count: 1'])
    })

    it('has one container at a time, and is neither detached nor removed under it', async () => {
      const volume = await make()
      const spec = await specOn(volume, 'serve', { port: true })
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await expect(world().another.start({ ...spec, name: freshName('c') }, recordIo())).rejects.toMatchObject(refused)
      await expect(another().detach(volume, recordIo())).rejects.toMatchObject(refused)
      await expect(another().remove(volume, recordIo())).rejects.toMatchObject(refused)
      await world().driver.start(spec, recordIo())
      await world().driver.stop(spec, 30, recordIo())
      await another().detach(volume, recordIo())
      await expect(world().driver.start(spec, recordIo())).rejects.toMatchObject(refused)
    })

    it('is where the next container is made ready beside the one that runs on it, and detached once that is removed', async () => {
      const volume = await make()
      const spec = await specOn(volume, 'serve', { port: true, listensAs: freshName('listener') })
      const next = { ...spec, name: freshName('c') }
      const { address } = await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await world().driver.prepare(next, recordIo())
      await expect(world().driver.start(next, recordIo())).rejects.toMatchObject(refused)
      await world().driver.prepare(next, recordIo())
      expect(await world().driver.inspect(spec)).toMatchObject({ running: true })
      await world().driver.stop(spec, 30, recordIo())
      expect(await world().driver.start(next, recordIo())).toMatchObject({ address })
      await untilSaid(world(), next.name, 'serving')
      const unstarted = { ...spec, name: freshName('c') }
      await world().driver.prepare(unstarted, recordIo())
      for (const one of [spec, next, unstarted]) await world().driver.remove(one)
      await another().detach(volume, recordIo())
      await expect(world().driver.prepare(unstarted, recordIo())).rejects.toMatchObject(refused)
    })

    it('refuses a container at another place', async () => {
      const spec = await specOn(await make(), 'keep a count', { place: 'nowhere' })
      await expect(world().driver.start(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal' })
    })

    it('places a container where it is asked for', async () => {
      const place = await placeOf(-1)
      expect(await world().driver.place({ containers: [{ name: 'a', memoryMb: 1, beside: true, place }], elders: [] })).toEqual([{ name: 'a', place }])
      const nowhere = world().driver.place({ containers: [{ name: 'a', memoryMb: 1, beside: true, place: 'nowhere' }], elders: [] })
      await expect(nowhere).rejects.toMatchObject({ name: 'Refusal' })
    })

    it('grows, and keeps what it holds', async () => {
      const volume = await make()
      await say(volume, 'keep a count')
      const { growsWhileUsed } = await volumes().describe()
      if (!growsWhileUsed) await volumes().detach(volume, recordIo())
      await loseAtEveryMoment((io) => volumes().resize(volume, 96, io), async () => {})
      await another().resize(volume, 96, recordIo())
      await another().attach(volume, recordIo())
      expect(await volumes().inspect(volume)).toMatchObject({ sizeMb: 96 })
      expect(await say(volume, 'tell volume')).toEqual(['counts/count: 1'])
    })

    it('is not resized beyond the room there is, nor below what it holds', async () => {
      const volume = await make()
      await volumes().write(volume, 'large', 'x'.repeat(3 * 1024 ** 2), recordIo())
      await volumes().detach(volume, recordIo())
      await expect(volumes().resize(volume, 900_000_000, recordIo())).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/\d+ MB.*\d+ MB/) })
      await expect(volumes().resize(volume, 2, recordIo())).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/\d+ MB.*\d+ MB/) })
      expect(await volumes().inspect(volume)).toMatchObject({ sizeMb: 64 })
      const { shrinks } = await volumes().describe()
      const smaller = volumes().resize(volume, 48, recordIo())
      await (shrinks ? smaller : expect(smaller).rejects.toMatchObject(refused))
      expect(await volumes().inspect(volume)).toMatchObject({ sizeMb: shrinks ? 48 : 64 })
    })

    it('is removed with what it holds, also where it is attached, and is then made anew', async () => {
      const volume = await make()
      await say(volume, 'keep a count')
      await loseAtEveryMoment((io) => volumes().remove(volume, io), async () => {})
      await another().remove(volume, recordIo())
      expect(await volumes().inspect(volume)).toBeNull()
      expect((await volumes().list()).filter(({ name }) => name === volume.name)).toEqual([])
      await volumes().create(volume, recordIo())
      await volumes().attach(volume, recordIo())
      expect(await say(volume, 'tell volume')).toEqual([])
    })

    it('stays when all else of its owner is forgotten, and with it where its owner listens', async () => {
      const volume = await make({ owner: { id: 83, handle: 'going' } })
      const spec = await specOn(volume, 'serve', { port: true, listensAs: freshName('listener') })
      const { address } = await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await volumes().write(volume, 'there', 'still', recordIo())
      await world().driver.forget(83)
      expect(await volumes().inspect(volume)).toMatchObject({ owner: 83 })
      expect(await say(volume, 'tell volume')).toEqual(['there: still'])
      const again = await specOn(volume, 'serve', { port: true, listensAs: spec.listensAs! })
      expect(await world().driver.start(again, recordIo())).toMatchObject({ address })
      await world().driver.forget(83)
      expect(await world().another.kept()).not.toContainEqual(expect.objectContaining({ owner: 83 }))
      await volumes().remove(volume, recordIo())
      expect(await world().another.kept()).toContainEqual({ owner: 83, images: [] })
      await world().driver.forget(83)
      expect(await world().another.kept()).not.toContainEqual(expect.objectContaining({ owner: 83 }))
      expect((await world().everything()).filter((thing) => thing.includes(volume.name) || thing.includes(spec.listensAs!))).toEqual([])
    })
  })
}
