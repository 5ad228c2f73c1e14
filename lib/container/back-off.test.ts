import { expect, test } from 'vitest'
import { nextStart } from './back-off.ts'

type Past = Parameters<typeof nextStart>[0]

/** Seconds to each next start, where one outcome follows the other as soon as that is due. */
function waits(outcomes: ('refused' | 'died')[], from: Past = { startRefusal: null, startedAt: null, restartsInARow: 0 }): number[] {
  let past = from
  let at = new Date(1_000_000_000_000)
  return outcomes.map((outcome) => {
    const refused = outcome === 'refused'
    const next = nextStart(past, at, { refused })
    past = { startRefusal: refused ? 'no' : null, startedAt: refused ? past.startedAt : at, restartsInARow: next.restartsInARow }
    const seconds = (next.nextStartAt!.getTime() - at.getTime()) / 1000
    at = next.nextStartAt!
    return seconds
  })
}

const refusals = (count: number) => Array<'refused'>(count).fill('refused')

test('one that dies again and again waits twice as long each time, up to five minutes', () => {
  expect(waits(Array<'died'>(11).fill('died'))).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
})

test('one that is refused never waits longer than 32 s, also when it has been refused for a day or has died before', () => {
  expect(waits(refusals(8))).toEqual([1, 2, 4, 8, 16, 32, 32, 32])
  expect(Math.max(...waits(refusals(3000)))).toBe(32)
  expect(waits([...Array<'died'>(9).fill('died'), 'refused', 'refused']).slice(-2)).toEqual([32, 32])
})

test('one that dies once it has been started again after a day of refusals waits no longer than they did', () => {
  expect(waits([...refusals(3000), 'died', 'died']).slice(-2)).toEqual([32, 64])
})

test('one that stayed up begins anew, and only its first refusal tells', () => {
  const longAgo = { startRefusal: null, startedAt: new Date(0), restartsInARow: 9 }
  expect(waits(['died', 'died'], longAgo)).toEqual([1, 2])
  expect(waits(['refused', 'refused', 'refused', 'died'], longAgo)).toEqual([1, 2, 4, 4])
})
