import { expect, test } from 'vitest'
import type { Actor } from './actor.ts'
import { allow } from './allow.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: 'ada@example.org', owner: true }

test('an owner may do everything', () => {
  expect(() => allow(owner, 'destroy', 7)).not.toThrow()
  expect(() => allow(owner, 'owner', null)).not.toThrow()
})

test('for anybody else nothing exists', () => {
  expect(() => allow({ ...owner, owner: false }, 'read', 7)).toThrow(expect.objectContaining({ code: 'not_found' }))
})
