import { expect, test } from 'vitest'
import { countAttempt, forgetAttempts } from './attempts.ts'

test('the sixth try within a minute is refused, and a minute later it is not', () => {
  for (let n = 0; n < 5; n++) countAttempt('ada', 1_000)
  expect(() => countAttempt('ada', 60_999)).toThrow('Too many tries')
  expect(() => countAttempt('bea', 60_999)).not.toThrow()
  expect(() => countAttempt('ada', 61_001)).not.toThrow()
})

test('a success clears the count', () => {
  for (let n = 0; n < 5; n++) countAttempt('cy', 1_000)
  forgetAttempts('cy')
  expect(() => countAttempt('cy', 1_000)).not.toThrow()
})
