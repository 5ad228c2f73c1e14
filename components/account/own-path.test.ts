import { describe, expect, test } from 'vitest'
import { loginPath, ownPath } from './own-path.ts'

describe('ownPath', () => {
  test('keeps a path of our own, with its query and fragment', () => {
    for (const path of ['/', '/operations/7', '/activity?status=failed&type=deploy', '/operations/7?line=12#12', '/a%2F%2Fb']) expect(ownPath(path)).toBe(path)
  })

  test.each(['//evil.test', '/\\evil.test', '\\\\evil.test', 'https://evil.test', 'https:', 'https:evil.test', 'javascript:alert(1)', '/\t/evil.test', '/\n/evil.test', '\t//evil.test', '/.//evil.test', '/..//evil.test', '/x/..//evil.test', '/./\\evil.test', 'evil.test', '', ' /', 'http://davit.invalid.evil.test'])(
    'leads home instead of to %j',
    (wish) => {
      expect(ownPath(wish)).toBe('/')
    },
  )

  test('leads home when there is none, or several', () => {
    for (const wish of [undefined, null, ['/a', '/b'], 7]) expect(ownPath(wish)).toBe('/')
  })

  test('names no origin but ours once a browser has resolved it', () => {
    for (const wish of ['/%5Cevil.test', '/%2F/evil.test', '/;//evil.test', '/?//evil.test', '/#//evil.test', '/@evil.test']) {
      expect(new URL(ownPath(wish), 'https://davit.test').origin).toBe('https://davit.test')
    }
  })
})

test('the way in says nothing of the home page', () => {
  expect(loginPath('/')).toBe('/login')
  expect(loginPath('/activity?status=failed&q=a')).toBe('/login?next=%2Factivity%3Fstatus%3Dfailed%26q%3Da')
})
