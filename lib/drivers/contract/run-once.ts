import { describe, expect, it } from 'vitest'
import { HandOver } from '../driver.ts'
import { makeSpec, recordIo, until, type Opened } from './world.ts'

export function describeRunOnce(world: Opened): void {
  describe('runOnce', () => {
    it('gives the output to the log and the exit code back', async () => {
      const io = recordIo()
      const spec = await makeSpec(world(), 'say three lines', { port: false })
      expect(await world().driver.runOnce(spec, io)).toBe(0)
      expect(io.texts(spec.name)).toEqual(['one', 'two', 'three'])
      const failing = await makeSpec(world(), 'crash', { port: false })
      expect(await world().driver.runOnce(failing, recordIo())).toBe(3)
    })

    it('does not run again what has ended', async () => {
      const spec = await makeSpec(world(), 'crash')
      const io = recordIo()
      expect(await world().driver.runOnce(spec, io)).toBe(3)
      expect(await world().another.runOnce(spec, io)).toBe(3)
      expect(io.texts(spec.name)).toEqual(['cannot find the moon'])
    })

    it('gives all output of a container that was removed and begun anew, also when another runner adopts that one', async () => {
      const spec = await makeSpec(world(), 'wait for a poke')
      const io = recordIo()
      const first = world().driver.runOnce(spec, io)
      await until('it waits', () => io.texts(spec.name).includes('waiting'))
      await world().poke(spec.name)
      expect(await first).toBe(7)
      await world().driver.remove(spec)
      const outage = new Error('the log takes no line')
      await expect(world().driver.runOnce(spec, { ...io, line: () => Promise.reject(outage) })).rejects.toBe(outage)
      const adopted = world().another.runOnce(spec, io)
      await until('it waits again', () => io.texts(spec.name).length === 3)
      await world().poke(spec.name)
      expect(await adopted).toBe(7)
      expect(io.texts(spec.name)).toEqual(['waiting', 'poked', 'waiting', 'poked'])
    })

    it('leaves the container running at a hand-over, and another runner adopts it', async () => {
      const spec = await makeSpec(world(), 'wait for a poke')
      const io = recordIo()
      const reason = new HandOver()
      const settled = expect(world().driver.runOnce(spec, io)).rejects.toBe(reason)
      await until('it waits', () => io.texts(spec.name).includes('waiting'))
      io.abort(reason)
      await settled
      expect(await world().driver.inspect(spec)).toMatchObject({ running: true })
      const next = { ...recordIo(), loggedUpTo: io.loggedUpTo }
      const adopted = world().another.runOnce(spec, next)
      await world().poke(spec.name)
      expect(await adopted).toBe(7)
      expect(next.texts(spec.name)).toEqual(['poked'])
    })

    it('kills the container whole at any other abort, and waits for its end', async () => {
      const spec = await makeSpec(world(), 'scatter')
      const io = recordIo()
      const reason = new Error('cancelled')
      const settled = expect(world().driver.runOnce(spec, io)).rejects.toBe(reason)
      await until('it has scattered', () => io.texts().includes('scattered'))
      io.abort(reason)
      await settled
      expect(await world().countProcesses(spec.name)).toBe(0)
      expect(await world().driver.inspect(spec)).toMatchObject({ running: false })
    })

    it('leaves the container to its new owner when this runner has lost the operation', async () => {
      const spec = await makeSpec(world(), 'wait for a poke')
      const lost = new Error('another runner has taken over')
      const io = recordIo()
      let own = true
      const stale = { ...io, guard: () => (own ? Promise.resolve() : Promise.reject(lost)) }
      const settled = expect(world().driver.runOnce(spec, stale)).rejects.toBe(lost)
      await until('it waits', () => io.texts(spec.name).includes('waiting'))
      own = false
      io.abort(lost)
      await settled
      expect(await world().driver.inspect(spec)).toMatchObject({ running: true })
    })

    it('leaves the container running when its output cannot be logged', async () => {
      const spec = await makeSpec(world(), 'wait for a poke')
      const outage = new Error('the log takes no line')
      const io = { ...recordIo(), line: () => Promise.reject(outage) }
      await expect(world().driver.runOnce(spec, io)).rejects.toBe(outage)
      expect(await world().driver.inspect(spec)).toMatchObject({ running: true })
    })

    it('starts nothing when it is aborted from the beginning', async () => {
      const spec = await makeSpec(world(), 'say three lines')
      const io = recordIo()
      const reason = new Error('cancelled')
      io.abort(reason)
      await expect(world().driver.runOnce(spec, io)).rejects.toBe(reason)
      expect(await world().driver.inspect(spec)).toBeNull()
    })
  })
}
