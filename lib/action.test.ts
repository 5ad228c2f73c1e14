import { expect, test } from 'vitest'
import { z } from 'zod'
import { openAction } from './action.ts'
import { Refusal } from './refusal.ts'

const form = (fields: Record<string, string>) => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  return data
}
const echo = openAction(z.unknown(), async (input) => input)

test('dotted names become objects and lists, and empty fields are not given', async () => {
  const fields = { handle: 'shop', empty: '', 'sources.0.url': 'a', 'sources.1.url': 'b', 'sources.1.credential': '', 'formation.web': '2', 'set:json': '{"A":{"value":""}}' }
  expect(await echo(form(fields))).toEqual({
    ok: true,
    value: { handle: 'shop', sources: [{ url: 'a' }, { url: 'b' }], formation: { web: '2' }, set: { A: { value: '' } } },
  })
})

test('what is a record by its schema stays one, also when all its names are numbers', async () => {
  const scale = openAction(z.object({ formation: z.record(z.string(), z.coerce.number()), sources: z.array(z.string()) }), async (input) => input)
  expect(await scale(form({ 'formation.5': '2', 'formation.7': '1', 'sources.0': 'a' }))).toEqual({ ok: true, value: { formation: { 5: 2, 7: 1 }, sources: ['a'] } })
})

test('a name cannot reach a prototype', async () => {
  await echo(form({ '__proto__.polluted': 'yes', 'constructor.prototype.polluted': 'yes' }))
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('what a browser sends with CRLF at the end of each line, such as a key for ssh, is kept as it was typed', async () => {
  expect(await echo(form({ 'sources.0.credential': '-----BEGIN KEY-----\r\nAAAA\r\n' }))).toEqual({ ok: true, value: { sources: [{ credential: '-----BEGIN KEY-----\nAAAA\n' }] } })
})

test('a text that Postgres cannot hold is told beside its field', async () => {
  expect(await echo(form({ note: 'a\0b' }))).toMatchObject({ ok: false, fields: { note: expect.stringContaining('NUL') } })
})

test('says what is wrong beside the field', async () => {
  const answer = await openAction(z.object({ formation: z.record(z.string(), z.coerce.number().max(100, '0 to 100')) }), async () => null)(form({ 'formation.web': '101' }))
  expect(answer).toMatchObject({ ok: false, fields: { 'formation.web': '0 to 100' } })
})

test('a refusal is an answer; anything else is thrown', async () => {
  const refuse = openAction(z.unknown(), async () => { throw new Refusal('conflict', 'too late') })
  expect(await refuse(form({}))).toEqual({ ok: false, error: 'too late', fields: {} })
  const fail = openAction(z.unknown(), async () => { throw new Error('no') })
  await expect(fail(form({}))).rejects.toThrow('no')
})

test('what is not JSON where JSON is expected is refused', async () => {
  expect(await echo(form({ 'set:json': '{' }))).toMatchObject({ ok: false })
})

test('what zod has no good words for is told as what is allowed', async () => {
  const schema = z.object({ count: z.coerce.number().int(), limit: z.coerce.number().min(1).max(9), name: z.string().min(1), set: z.record(z.string().regex(/^[A-Z]+$/, 'capital letters'), z.string()) })
  const answer = await openAction(schema, async () => null)(form({ count: '1.5', limit: '10', 'set.1BAD': 'x' }))
  expect(answer).toMatchObject({ ok: false, fields: { count: 'a whole number', limit: 'at most 9', name: 'this is needed', 'set.1BAD': 'capital letters' } })
})
