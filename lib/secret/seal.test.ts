import { expect, test } from 'vitest'
import { seal, unseal } from './seal.ts'

test('what was sealed comes back, and is sealed differently each time', () => {
  const sealed = seal('pässword')
  expect(unseal(sealed)).toBe('pässword')
  expect(seal('pässword')).not.toBe(sealed)
})

test('a changed byte is noticed', () => {
  const sealed = Buffer.from(seal('secret').slice(3), 'base64')
  sealed[sealed.length - 1]! ^= 1
  expect(() => unseal(`v1:${sealed.toString('base64')}`)).toThrow()
})
