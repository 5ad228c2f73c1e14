import { expect, test } from 'vitest'
import { arrayOf } from './array.ts'
import { sql } from './client.ts'

test('arrays arrive as they were given, and a new connection asks nothing before it is used', async () => {
  const words = ['plain', 'two words', '', 'a "quote", a \\ and {braces}', 'NULL', 'line\nbreak']
  const [row] = await sql<{ words: unknown; ids: unknown; none: unknown }[]>`
    select to_json(${arrayOf(words)}::text[]) as words, to_json(${arrayOf([1, 2 ** 40])}::bigint[]) as ids, to_json(${arrayOf([])}::bigint[]) as none`
  expect(row).toEqual({ words, ids: [1, 2 ** 40], none: [] })
  expect(sql.options.fetch_types).toBe(false)
})
