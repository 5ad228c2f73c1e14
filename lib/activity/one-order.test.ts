import { expect, test } from 'vitest'
import { openOlderDatabase } from '../db/test-older-database.ts'

test('events of before get numbers that no operation has, in the order they had, and say where they were', async () => {
  const { sql, migrate, drop } = await openOlderDatabase(6)
  await sql`insert into resources (kind, handle) values ('environment', 'production')`
  await sql`insert into resources (kind, handle, environment_id, stack_id) values ('app', 'shop', 1, 7)`
  for (const n of [1, 2, 3, 4, 5]) {
    await sql`insert into operations (type, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, request_key) values ('deploy', 'Deploy', '{}', '[]', 2, 'app', 'shop', 'user', 'Ada', 'dashboard', ${n})`
    if (n < 4) await sql`insert into events (kind, actor_kind, actor_name, resource_id, environment_id, detail) values ('variables shown', ${n === 2 ? 'davit' : 'user'}, 'Ada', 2, 1, ${n})`
  }
  await migrate()
  const rows = await sql<Record<string, unknown>[]>`select id::int, detail, source, resource_kind, stack_id::int, environment_handle from events order by id`
  expect(rows.map((row) => [row.id, row.detail, row.source])).toEqual([[6, '1', 'dashboard'], [7, '2', 'davit'], [8, '3', 'dashboard']])
  expect(rows[0]).toMatchObject({ resource_kind: 'app', stack_id: 7, environment_handle: 'production' })
  await expect(sql`update events set detail = ''`).rejects.toThrow(/never changed/)
  await drop()
})
