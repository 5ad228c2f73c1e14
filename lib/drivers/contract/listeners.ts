import { describe, expect, it } from 'vitest'
import { freshName, makeSpec, recordIo, untilSaid, type Opened } from './world.ts'

/** What only databases need, and so no engine without volumes. */
export function describeListeners(world: Opened): void {
  const refused = { name: 'Refusal', code: 'conflict' }

  describe('listensAs', () => {
    it('gives the same address to one container after the other, never to two at once', async () => {
      const first = await makeSpec(world(), 'serve', { listensAs: freshName('listener') })
      const next = { ...first, name: freshName('c') }
      const { address } = await world().driver.start(first, recordIo())
      await untilSaid(world(), first.name, 'serving')
      await expect(world().another.start(next, recordIo())).rejects.toMatchObject(refused)
      await world().driver.stop(first, 30, recordIo())
      expect((await world().another.start(next, recordIo())).address).toEqual(address)
      await expect(world().driver.start(first, recordIo())).rejects.toMatchObject(refused)
      await untilSaid(world(), next.name, 'serving')
      await world().driver.remove(first)
      await world().driver.remove(next)
      const last = { ...first, name: freshName('c') }
      expect((await world().driver.start(last, recordIo())).address).toEqual(address)
      await world().driver.remove(last)
    })
  })

  describe('stop of a container with a signal of its own', () => {
    it('tells the command, and it alone', async () => {
      for (const stopSignal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
        const spec = await makeSpec(world(), 'say who is told', { stopSignal })
        const io = recordIo()
        await world().driver.start(spec, io)
        await untilSaid(world(), spec.name, 'two of us')
        await world().another.stop(spec, 30, io)
        const said: string[] = []
        for await (const line of world().driver.logs(spec, 0, io.signal)) said.push(line.text)
        expect(said).toEqual(['two of us', `${stopSignal} for one`])
        expect(await world().driver.inspect(spec)).toMatchObject({ running: false, exitCode: 0 })
        expect(io.texts('davit').join('\n')).not.toMatch(/killed/)
        expect(await world().countProcesses(spec.name)).toBe(0)
      }
    })
  })
}
