import { expect, test } from 'vitest'
import { beforeOf } from './before-of.ts'

test('a page begins where its address says', () => {
  expect(beforeOf({ before: '412' })).toBe(412)
})

test.each([undefined, '', '0', '-3', '1.5', '1e400', '2147483648', 'newest', ['2', '3']])('an address that says %j begins at the newest', (before) => {
  expect(beforeOf(before === undefined ? {} : { before })).toBeNull()
})
