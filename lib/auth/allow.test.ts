import { describe, expect, test } from 'vitest'
import type { Actor, Scope } from './actor.ts'
import { allow, allowOne, may, type Needs, readableEnvironments, visibleEnvironments } from './allow.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: 'ada@example.org', owner: true, scopes: {} }
const member = (...scopes: Scope[]): Actor => ({ ...owner, id: 2, owner: false, scopes: scopes.length > 0 ? { 7: scopes } : {} })

const needs: Needs[] = ['read', 'deploy', 'operate', 'sensitive', 'destroy', 'admin', 'owner', ['sensitive', 'operate']]
const held: Record<string, { actor: Actor; passes: string }> = {
  'an owner': { actor: owner, passes: 'all' },
  'Davit itself': { actor: { ...owner, kind: 'davit', owner: false }, passes: 'all' },
  read: { actor: member('read'), passes: 'read' },
  deploy: { actor: member('deploy'), passes: 'deploy' },
  operate: { actor: member('operate'), passes: 'operate' },
  sensitive: { actor: member('sensitive'), passes: 'sensitive' },
  'sensitive with operate': { actor: member('sensitive', 'operate'), passes: 'operate sensitive sensitive,operate' },
  destroy: { actor: member('destroy'), passes: 'destroy' },
  admin: { actor: member('admin'), passes: 'read deploy operate sensitive destroy admin sensitive,operate' },
}

const codeOf = (run: () => void) => {
  try {
    run()
    return 'passes'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe.each(Object.entries(held))('%s', (_who, { actor, passes }) => {
  test.each(needs)('in the environment, asked for %s', (asked) => {
    const passing = passes === 'all' || passes.split(' ').includes(String(asked))
    expect(codeOf(() => allow(actor, asked, 7))).toBe(passing ? 'passes' : 'forbidden')
    expect(may(actor, asked, 7)).toBe(passing)
  })

  test.each(needs)('in an environment of others, asked for %s', (asked) => {
    expect(codeOf(() => allow(actor, asked, 8))).toBe(passes === 'all' ? 'passes' : 'not_found')
    expect(may(actor, asked, 8)).toBe(passes === 'all')
  })

  test.each(needs)('without an environment, asked for %s', (asked) => {
    expect(codeOf(() => allow(actor, asked, null))).toBe(passes === 'all' || asked === 'read' ? 'passes' : 'forbidden')
    expect(codeOf(() => allowOne(actor, asked, null)), 'one thing').toBe(passes === 'all' ? 'passes' : 'not_found')
  })
})

test('a refusal names the scope that is lacking, and only that', () => {
  expect(() => allow(member('operate'), ['sensitive', 'operate'], 7)).toThrow('This needs sensitive on this environment')
  expect(() => allow(member('read'), 'deploy', 7)).toThrow('This needs deploy on this environment')
  expect(() => allow(member('admin'), 'owner', 7)).toThrow('Only owners may do this')
})

test('any scope lets an environment be seen, and only read or admin what is in it', () => {
  const actor = { ...member(), scopes: { 1: ['read'], 2: ['deploy'], 3: ['admin'], 4: [] } } satisfies Actor
  expect(visibleEnvironments(actor)).toEqual([1, 2, 3])
  expect(readableEnvironments(actor)).toEqual([1, 3])
  expect([visibleEnvironments(owner), readableEnvironments(owner)]).toEqual(['all', 'all'])
})
