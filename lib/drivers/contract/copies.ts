import { describe, expect, it } from 'vitest'
import type { VolumeSpec } from '../volumes.ts'
import { openVolumes } from './volume-world.ts'
import { recordIo, untilSaid, type Opened } from './world.ts'

const refused = { name: 'Refusal', code: 'conflict' }

export function describeCopies(world: Opened): void {
  const { volumes, another, placeOf, make, specOn, say, loseAtEveryMoment } = openVolumes(world)

  describe('copies of volumes', () => {
    const fill = async (volume: VolumeSpec, files: Record<string, string>) => {
      for (const [path, text] of Object.entries(files)) await volumes().write(volume, path, text, recordIo())
    }
    const makeTwo = async () => [await make(), await make({ place: await placeOf(-1), owner: { id: 84, handle: 'copied' } })] as const

    it('hold the same, for the owner of the copy, and take nothing the second time but what differs', async () => {
      const [from, to] = await makeTwo()
      await fill(from, { one: '1', 'deep/below/two': '22', three: '333' })
      await fill(to, { 'deep/old': 'gone by then' })
      expect(await volumes().copy({ from: from.name, to: to.name }, recordIo())).toEqual({ files: 3, bytes: 6 })
      expect(await say(to, 'tell volume')).toEqual(['deep/below/two: 22', 'one: 1', 'three: 333'])
      expect(await another().copy({ from: from.name, to: to.name }, recordIo())).toEqual({ files: 0, bytes: 0 })
      await fill(from, { one: '9', three: '3333' })
      expect(await another().copy({ from: from.name, to: to.name }, recordIo())).toEqual({ files: 2, bytes: 5 })
      expect(await say(to, 'tell volume')).toEqual(['deep/below/two: 22', 'one: 9', 'three: 3333'])
      expect(await say(to, 'keep a count')).toEqual(['count 1'])
    })

    it('leave what is excepted, and take only what is asked for', async () => {
      const [from, to] = await makeTwo()
      await fill(from, { 'data/one': '1', 'data/wal/a': 'a', 'data/wal/b': 'b', 'data/walnut': 'w', pid: 'p' })
      await fill(to, { 'data/wal/kept': 'k', 'data/going': 'g' })
      await volumes().copy({ from: from.name, to: to.name, except: ['data/wal', 'pid'] }, recordIo())
      expect(await say(to, 'tell volume')).toEqual(['data/wal/kept: k', 'data/walnut: w', 'data/one: 1'].sort())
      await volumes().copy({ from: from.name, to: to.name, only: ['data/wal/b', 'pid', 'data/absent'] }, recordIo())
      expect(await say(to, 'tell volume')).toEqual(['data/one: 1', 'data/wal/b: b', 'data/wal/kept: k', 'data/walnut: w', 'pid: p'])
    })

    it('are made while a container runs on what is copied, and not while one runs on the copy', async () => {
      const [from, to] = await makeTwo()
      await fill(from, { one: '1' })
      const spec = await specOn(from, 'serve', { port: true })
      await world().driver.start(spec, recordIo())
      await untilSaid(world(), spec.name, 'serving')
      await volumes().copy({ from: from.name, to: to.name }, recordIo())
      await expect(volumes().copy({ from: to.name, to: from.name }, recordIo())).rejects.toMatchObject(refused)
      await world().driver.stop(spec, 30, recordIo())
      expect(await say(to, 'tell volume')).toEqual(['one: 1'])
    })

    it('are made of what is attached, to what is attached', async () => {
      const [from, to] = await makeTwo()
      for (const volume of [from, to]) {
        await volumes().detach(volume, recordIo())
        await expect(another().copy({ from: from.name, to: to.name }, recordIo())).rejects.toMatchObject(refused)
        await volumes().attach(volume, recordIo())
      }
      await volumes().detach(from, recordIo())
      await expect(volumes().write(from, 'one', '1', recordIo())).rejects.toMatchObject(refused)
    })

    it('are refused, with the numbers, where they do not fit', async () => {
      if (!(await volumes().describe()).sized) return
      const [from, to] = [await make({ sizeMb: 192 }), await make()]
      for (const path of ['a', 'b', 'c', 'd']) await fill(from, { [path]: path.repeat(20 * 1024 ** 2) })
      const copied = volumes().copy({ from: from.name, to: to.name }, recordIo())
      await expect(copied).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/\d+ MB.*\d+ MB/) })
    })

    it('end with the signal that aborts them, and are made whole by the next', async () => {
      const [from, to] = await makeTwo()
      await fill(from, { one: '1', two: '2' })
      const reason = new Error('cancelled')
      const io = recordIo()
      const aborting = { ...io, guard: async () => io.abort(reason) }
      await expect(volumes().copy({ from: from.name, to: to.name }, aborting)).rejects.toBe(reason)
      await loseAtEveryMoment((stale) => volumes().copy({ from: from.name, to: to.name }, stale), async () => {
        await another().copy({ from: from.name, to: to.name }, recordIo())
        expect(await say(to, 'tell volume')).toEqual(['one: 1', 'two: 2'])
      })
    })
  })
}
