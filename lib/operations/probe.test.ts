import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Probe } from './probe.ts'

const unanswered = async (signal: AbortSignal) => {
  await once(signal, 'abort')
  throw signal.reason
}

test('a silence that was taken over counts also where it is not known by the end whether anybody answers', async () => {
  const stoppedAt = new Date(Date.now() - 8000)
  const felt = await new Probe({ longestMs: 75, atMost: false, answeredAt: stoppedAt, unseenSince: stoppedAt }, unanswered).end()
  expect(felt).toEqual({ longestMs: expect.toSatisfy((ms) => ms >= 8000), atMost: true, answeredAt: stoppedAt })
})

test('a time that nobody watched and that was answered at both ends is no silence', async () => {
  const now = new Date()
  const felt = await new Probe({ longestMs: 75, atMost: false, answeredAt: now, unseenSince: new Date(now.getTime() - 8000) }, unanswered).end()
  expect(felt).toEqual({ longestMs: 75, atMost: false, answeredAt: now })
})
