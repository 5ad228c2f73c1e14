import { describe, expect, it } from 'vitest'
import type { LogLine } from '../driver.ts'
import { makeSpec, recordIo, untilSaid, type Behaviour, type Opened } from './world.ts'

export function describeLogs(world: Opened): void {
  async function started(behaviour: Behaviour) {
    const spec = await makeSpec(world(), behaviour)
    await world().driver.start(spec, recordIo())
    return spec
  }

  async function readAll(name: string, from = 0): Promise<LogLine[]> {
    const lines: LogLine[] = []
    for await (const line of world().another.logs({ name }, from, recordIo().signal)) lines.push(line)
    return lines
  }

  describe('logs', () => {
    it('gives line by line and ends with the container', async () => {
      const { name } = await started('say three lines')
      expect((await readAll(name)).map((line) => line.text)).toEqual(['one', 'two', 'three'])
    })

    it('goes on from the position after any line', async () => {
      const { name } = await started('say three lines')
      const lines = await readAll(name)
      for (const [index, line] of lines.entries()) expect((await readAll(name, line.position)).map(({ text }) => text)).toEqual(['one', 'two', 'three'].slice(index + 1))
    })

    it('gives lines of a running container as they come, and stops when the reader leaves', async () => {
      const { name } = await started('serve')
      await untilSaid(world(), name, 'serving')
      expect(await world().driver.inspect({ name })).toMatchObject({ running: true })
    })

    it('stops when the signal aborts', async () => {
      const { name } = await started('serve')
      await untilSaid(world(), name, 'serving')
      const io = recordIo()
      const lines = world().driver.logs({ name }, 0, io.signal)[Symbol.asyncIterator]()
      expect((await lines.next()).value.text).toBe('serving')
      const last = lines.next()
      io.abort(new Error('the reader has left'))
      expect(await last).toEqual({ done: true, value: undefined })
    })

    it('gives the rest of a line that was never ended', async () => {
      const { name } = await started('end in mid-line')
      expect((await readAll(name)).map((line) => line.text)).toEqual(['before the end'])
    })

    it('cuts a long line at 64 KB and says so', async () => {
      const { name } = await started('say a long line')
      const [long, after] = await readAll(name)
      expect(long?.text).toMatch(/^x{65536} … \[line cut at 64 KB\]$/)
      expect(after?.text).toBe('after')
      expect((await readAll(name, long?.position)).map((line) => line.text)).toEqual(['after'])
    })

    it('is empty for a container that is not there', async () => {
      expect(await readAll('no-such-container')).toEqual([])
      expect(await world().driver.lastLines({ name: 'no-such-container' }, 20)).toEqual([])
    })

    it('gives the last lines alone, also of a running container', async () => {
      const three = await started('say three lines')
      await readAll(three.name)
      expect(await world().another.lastLines(three, 2)).toEqual(['two', 'three'])
      const serving = await started('serve')
      await untilSaid(world(), serving.name, 'serving')
      expect(await world().another.lastLines(serving, 2)).toEqual(['serving'])
    })
  })
}
