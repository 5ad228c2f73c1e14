import { expect, test } from 'vitest'
import { attachment } from './attachment.ts'

test('reads no further than the client does, and closes the source when the client leaves', async () => {
  let made = 0
  let closed = false
  async function* source() {
    try {
      for (;;) yield `${++made}\n`
    } finally {
      closed = true
    }
  }
  const abort = new AbortController()
  const reader = attachment('a log.txt', 'text/plain', source(), abort).body!.getReader()
  await reader.read()
  expect(made).toBeLessThanOrEqual(3)
  await reader.cancel()
  expect(closed).toBe(true)
  expect(abort.signal.aborted).toBe(true)
})
