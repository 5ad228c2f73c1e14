import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

test('only the password that was hashed is right', async () => {
  const hash = await hashPassword('a long passphrase')
  expect(await verifyPassword('a long passphrase', hash)).toBe(true)
  expect(await verifyPassword('a long passphrasE', hash)).toBe(false)
  expect(hash).not.toBe(await hashPassword('a long passphrase'))
})

test('for an unknown user every password is wrong', async () => {
  expect(await verifyPassword('', null)).toBe(false)
})
