import { describe, expect, test } from 'vitest'
import { createMask } from '../secret/mask.ts'
import { createLog, type PendingLine } from './log.ts'
import { gate } from './rehearsal.ts'

const line = (text: string) => ({ at: new Date(0), stream: 'stdout' as const, text, position: 0, source: 'web' })
const open = (bytesSoFar = 0) => createLog(0, bytesSoFar, () => {})

async function written(log: ReturnType<typeof open>): Promise<PendingLine[]> {
  return log.write((lines) => Promise.resolve(lines))
}

describe('the log', () => {
  test('counts on from where a former owner stopped', async () => {
    const log = createLog(7, 0, () => {})
    log.say(null, 'one\ntwo')
    expect((await written(log)).map(({ seq, text }) => [seq, text])).toEqual([[8, 'one'], [9, 'two']])
  })

  test('has one writer at a time, and keeps its lines in order when a write fails', async () => {
    const log = open()
    log.say(null, 'one')
    const failing = gate()
    const first = log.write(async () => {
      await failing.pass()
      throw new Error('the db was away')
    })
    await failing.reached
    log.say(null, 'two')
    const order: string[] = []
    const second = log.write(async (lines) => void order.push(...lines.map(({ text }) => text)))
    expect(order).toEqual([])
    failing.open()
    await expect(first).rejects.toThrow('away')
    await second
    expect(order).toEqual(['one', 'two'])
  })

  test('makes output wait while there is no room, and lets it go when nobody will write any more', async () => {
    const log = open()
    let through = 0
    const fill = async () => {
      for (let n = 0; n < 10; n++) {
        await log.append(0, line('x'.repeat(60_000)))
        through += 1
      }
    }
    const filling = fill()
    await written(open())
    expect(through).toBeLessThan(10)
    const before = through
    await written(log)
    await new Promise(setImmediate)
    expect(through).toBeGreaterThan(before)
    log.abandon()
    await filling
    expect(through).toBe(10)
  })

  test('asks to be written at once when much is waiting', () => {
    const asked: boolean[] = []
    const log = createLog(0, 0, (urgent) => void asked.push(urgent))
    void log.append(0, line('short'))
    void log.append(0, line('x'.repeat(64 * 1024)))
    expect(asked).toEqual([false, true])
  })

  test('cuts long lines, says so, and does not cut in the middle of a character', async () => {
    const log = open()
    await log.append(0, line('é'.repeat(500_000)))
    const [{ text } = { text: '' }] = await written(log)
    expect(Buffer.byteLength(text)).toBeLessThan(65 * 1024 + 100)
    expect(text).toMatch(/^é+�? \[cut: the line has 1000000 bytes\]$/)
  })

  test('cuts the output at a gigabyte, says so once, and goes on with what Davit says', async () => {
    const log = open(1024 ** 3 - 10)
    for (let n = 0; n < 3; n++) await log.append(0, line('0123456789'))
    log.say(null, 'A rollback began')
    expect((await written(log)).map(({ text }) => text)).toEqual([expect.stringContaining('cut here'), 'A rollback began'])
  })

  test('stores nothing that Postgres cannot', async () => {
    const log = open()
    log.say(null, '\0 and \ud800')
    expect((await written(log))[0]!.text).toBe('\ufffd and \ufffd')
  })
})

describe('a mask', () => {
  test('hides values of eight characters and more, the longest first, and each line of a key', () => {
    const mask = createMask()
    mask.add(['password', 'password-and-more', 'short', 'BEGIN KEY\nabcdefghij\nEND KEY'])
    expect(mask.apply('a password-and-more, a password, a short one, abcdefghij, BEGIN KEY')).toBe('a [secret], a [secret], a short one, [secret], [secret]')
  })

  test('hides what is in a line that is cut, also at the cut', async () => {
    const log = open()
    log.hide(['hunter2hunter2'])
    await log.append(0, line(`${'x'.repeat(64 * 1024 - 6)}hunter2hunter2${'y'.repeat(1000)}`))
    expect((await written(log))[0]!.text).not.toContain('hunter')
  })
})
