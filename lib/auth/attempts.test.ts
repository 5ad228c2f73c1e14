import { expect, test } from 'vitest'
import { countAttempt, type Pace } from './attempts.ts'

test('the sixth try within a minute is refused, and a minute later it is not', () => {
  for (let n = 0; n < 5; n++) countAttempt('ada', [], 1_000)
  expect(() => countAttempt('ada', [], 60_999)).toThrow('Too many tries')
  expect(() => countAttempt('bea', [], 60_999)).not.toThrow()
  expect(() => countAttempt('ada', [], 61_001)).not.toThrow()
})

test('a success clears the count', () => {
  for (let n = 0; n < 4; n++) countAttempt('cy', [], 1_000)
  countAttempt('cy', [], 1_000).giveBack()
  for (let n = 0; n < 5; n++) expect(() => countAttempt('cy', [], 1_000)).not.toThrow()
})

test('a pace lets a burst through at once, then makes tries wait their turn, and refuses those that would wait too long', () => {
  const pace: Pace = { key: 'dan', burst: 3, everyMs: 4_000 }
  let n = 0
  const waitFor = (now: number) => countAttempt(`dan ${n++}`, [pace], now).waitMs
  expect([1, 2, 3].map(() => waitFor(1_000))).toEqual([0, 0, 0])
  expect([waitFor(1_000), waitFor(1_000)]).toEqual([4_000, 8_000])
  expect(() => waitFor(1_000)).toThrow('Too many tries')
  expect(waitFor(3_000), 'what was refused takes no turn').toBe(10_000)
  expect([waitFor(100_000), waitFor(100_000), waitFor(100_000), waitFor(100_000)]).toEqual([0, 0, 0, 4_000])
})

test('what is given back makes room in a pace', () => {
  const pace: Pace = { key: 'eve', burst: 1, everyMs: 4_000 }
  const first = countAttempt('eve 1', [pace], 1_000)
  first.giveBack()
  expect(countAttempt('eve 2', [pace], 1_000).waitMs).toBe(0)
})
