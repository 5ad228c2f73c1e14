import { describe, expect, test } from 'vitest'
import { gate } from '../runner/rehearsal.ts'
import { each } from './each.ts'

describe('each', () => {
  test('rejects only when what was under way has ended, and begins no more', async () => {
    const slow = gate()
    const done: string[] = []
    const failed = new Error('b cannot')
    let settled = false
    const all = each(['a', 'b', 'c'], { atOnce: 2 }, async (item) => {
      if (item === 'b') throw failed
      await slow.pass()
      done.push(item)
    }).finally(() => {
      settled = true
    })
    await slow.reached
    await new Promise((resolve) => setImmediate(resolve))
    expect(settled).toBe(false)
    slow.open()
    await expect(all).rejects.toBe(failed)
    expect(done).toEqual(['a'])
  })

  test('does the others too where it has to go on', async () => {
    const done: string[] = []
    const work = async (item: string) => {
      if (item === 'a') throw new Error('a cannot')
      done.push(item)
    }
    await expect(each(['a', 'b', 'c'], { atOnce: 1, goOn: true }, work)).rejects.toThrow('a cannot')
    expect(done).toEqual(['b', 'c'])
  })

  test('begins nothing once it was aborted', async () => {
    const stop = new AbortController()
    const done: string[] = []
    const work = async (item: string) => {
      done.push(item)
      stop.abort(new Error('cancelled'))
    }
    await expect(each(['a', 'b'], { atOnce: 1, signal: stop.signal }, work)).rejects.toThrow('cancelled')
    expect(done).toEqual(['a'])
  })
})
