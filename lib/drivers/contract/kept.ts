import { describe, expect, it } from 'vitest'
import { freshName, makeSpec, owner, pullRequest, recordIo, until, untilSaid, type Opened } from './world.ts'

const files = { procfile: 'web: serve\n' }
const needed = async () => true
const unneeded = async () => false

export function describeKept(world: Opened): void {
  const pull = async (changes: object) => world().driver.pull(pullRequest(await world().makeSource(files), changes), recordIo())
  const keptOf = async (id: number) => (await world().another.kept()).find((one) => one.owner === id)

  describe('kept', () => {
    it('names the images of each owner, whoever pulled them', async () => {
      const [one, other] = [{ id: 71, handle: 'one' }, { id: 72, handle: 'other' }]
      const images = [await pull({ owner: one }), await pull({ owner: one }), await pull({ owner: other })]
      expect((await keptOf(71))?.images.sort()).toEqual([images[0]?.id, images[1]?.id].sort())
      expect(await keptOf(72)).toEqual({ owner: 72, images: [images[2]?.id] })
    })

    it('names an owner of whom only caches are left', async () => {
      const image = await pull({ owner: { id: 73, handle: 'cached' } })
      await world().driver.removeImage(image.id)
      expect((await keptOf(73))?.images ?? []).toEqual([])
    })
  })

  describe('discardImage', () => {
    it('removes an image unless it is needed after all', async () => {
      const image = await pull({ owner: { id: 74, handle: 'tidy' } })
      expect(await world().driver.discardImage(image.id, 74, needed)).toBe(false)
      expect((await keptOf(74))?.images).toEqual([image.id])
      expect(await world().driver.discardImage(image.id, 74, unneeded)).toBe(true)
      expect((await keptOf(74))?.images ?? []).toEqual([])
      expect(await world().driver.discardImage(image.id, 74, unneeded)).toBe(true)
    })

    it('asks while nothing is being pulled: an image that a pull has found is not removed behind it', async () => {
      const tidy = { id: 75, handle: 'tidy' }
      const source = await world().makeSource(files)
      const image = await world().driver.pull(pullRequest(source, { owner: tidy }), recordIo())
      const asked = Promise.withResolvers<void>()
      const answer = Promise.withResolvers<boolean>()
      const discarded = world().driver.discardImage(image.id, 75, () => (asked.resolve(), answer.promise))
      await asked.promise
      const pulled = world().another.pull(pullRequest(source, { owner: tidy }), recordIo())
      answer.resolve(false)
      expect(await discarded).toBe(true)
      expect(await pulled).toEqual(image)
      expect((await keptOf(75))?.images).toEqual([image.id])
    })
  })

  describe('forget', () => {
    it('leaves nothing of an owner, nothing else of others, and may be repeated', async () => {
      await makeSpec(world(), 'serve')
      const before = await world().everything()
      const gone = { id: 76, handle: 'going' }
      const source = await world().makeSource(files)
      const built = await world().makeSource({ ...files, build: 'say three lines' })
      const images = [await world().driver.pull(pullRequest(source, { owner: gone }), recordIo()), await world().another.pull(pullRequest(built, { owner: gone }), recordIo())]
      const spec = (name: string, behaviour: Parameters<ReturnType<Opened>['command']>[0]) => ({
        name: freshName(name), owner: gone, environment: 2, image: images[0]!.id, place: 'local', command: world().command(behaviour), variables: {}, port: true, fence: 1,
      })
      const running = spec('running', 'scatter')
      await world().driver.start(running, recordIo())
      await untilSaid(world(), running.name, 'scattered')
      const ended = spec('ended', 'crash')
      await world().another.start(ended, recordIo())
      await until('it has crashed', async () => (await world().driver.inspect(ended))?.running === false)
      await world().driver.runOnce(spec('once', 'say three lines'), recordIo())
      await world().driver.forget(gone.id)
      expect(await world().everything()).toEqual(before)
      expect(await world().countProcesses(running.name)).toBe(0)
      expect(await keptOf(gone.id)).toBeUndefined()
      await world().another.forget(gone.id)
      expect(await world().everything()).toEqual(before)
    })

    it('can serve the same owner again', async () => {
      const spec = await makeSpec(world(), 'say three lines', { owner })
      await world().driver.forget(owner.id)
      await expect(world().driver.start(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal' })
      const again = await makeSpec(world(), 'say three lines', { owner })
      expect(await world().another.runOnce(again, recordIo())).toBe(0)
    })
  })
}
