import { expect, test } from 'vitest'
import { openOlderDatabase } from '../db/test-older-database.ts'

test('what was last seen in words is brought over, and a start that was announced stays so', async () => {
  const { sql, migrate, drop } = await openOlderDatabase(19)
  await sql`insert into resources (kind, handle) values ('database', 'books')`
  const sentences = [null, 'running', 'gone', 'ended with 3', 'ended with -1', 'ended with an unknown code', 'it was gone', 'it had ended unseen', 'it had ended with exit code 137']
  const at = new Date('2026-11-22T10:00:00Z')
  for (const [n, seen] of sentences.entries()) {
    await sql`insert into containers (name, owner_id, service, operation_id, place, seen, seen_at) values (${`c${n}`}, 1, 'postgresql', 1, 'local', ${seen}, ${seen && at})`
  }
  await migrate()
  const rows = await sql<Record<string, unknown>[]>`select seen, seen_exit_code, starting_at from containers order by name`
  expect(rows.map((row) => [row.seen, row.seen_exit_code, row.starting_at])).toEqual([
    [null, null, null],
    ['running', null, null],
    ['gone', null, null],
    ['ended', 3, null],
    ['ended', -1, null],
    ['ended', null, null],
    ['gone', null, at],
    ['ended', null, at],
    ['ended', 137, at],
  ])
  await drop()
})
