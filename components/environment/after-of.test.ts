import { expect, test } from 'vitest'
import { afterOf } from './after-of.ts'

test('each list begins after the handle that the address says', () => {
  expect(afterOf({ apps: 'shop-2', databases: 'orders' })).toEqual({ apps: 'shop-2', databases: 'orders' })
})

test.each([undefined, '', '-', 'a\0', 'x'.repeat(65), ['a', 'b']])('an address that says %j begins at the first one', (apps) => {
  expect(afterOf({ apps })).toEqual({ apps: null, databases: null })
})
