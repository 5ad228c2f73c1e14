import { describe, expect, it } from 'vitest'
import { createLineCutter, lineBytesMax } from './lines.ts'

describe('createLineCutter', () => {
  it('cuts the same lines however the bytes arrive', () => {
    const bytes = Buffer.from('één\r\ntwo\n\nthree')
    for (let size = 1; size <= bytes.length; size++) {
      const cutter = createLineCutter(100)
      const lines = []
      for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.push(bytes.subarray(at, at + size)))
      expect([...lines, ...cutter.end()]).toEqual([
        { text: 'één', position: 107 },
        { text: 'two', position: 111 },
        { text: '', position: 112 },
        { text: 'three', position: 117 },
      ])
    }
  })

  it('cuts a long line, marks it, and leaves no half character', () => {
    const cutter = createLineCutter(0)
    const [line] = cutter.push(Buffer.from(`x${'é'.repeat(lineBytesMax)}\n`))
    expect(line?.text).toBe(`x${'é'.repeat(lineBytesMax / 2 - 1)} … [line cut at 64 KB]`)
    expect(line?.position).toBe(2 * lineBytesMax + 2)
  })

  it('leaves no NUL, which Postgres would refuse', () => {
    expect(createLineCutter(0).push(Buffer.from('a\0b\n'))[0]?.text).toBe('a\uFFFDb')
  })
})
