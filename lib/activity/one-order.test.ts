import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { migrateDatabase } from '../db/migrate.ts'

const drizzle = join(import.meta.dirname, '../../drizzle')

/** The migrations there were before events and operations shared a sequence. */
async function olderMigrations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'davit-older-'))
  await cp(drizzle, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { idx: number }[] }
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.filter(({ idx }) => idx < 6) }))
  return folder
}

test('events of before get numbers that no operation has, in the order they had, and say where they were', async () => {
  const where = { ...inject('server'), database: `older_${randomBytes(4).toString('hex')}` }
  const admin = postgres({ ...where, database: 'postgres', max: 1, onnotice: () => {} })
  await admin`create database ${admin(where.database)}`
  const folder = await olderMigrations()
  await migrateDatabase(where, folder)
  const sql = postgres({ ...where, max: 1, onnotice: () => {} })
  await sql`insert into resources (kind, handle) values ('environment', 'production')`
  await sql`insert into resources (kind, handle, environment_id, stack_id) values ('app', 'shop', 1, 7)`
  for (const n of [1, 2, 3, 4, 5]) {
    await sql`insert into operations (type, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, request_key) values ('deploy', 'Deploy', '{}', '[]', 2, 'app', 'shop', 'user', 'Ada', 'dashboard', ${n})`
    if (n < 4) await sql`insert into events (kind, actor_kind, actor_name, resource_id, environment_id, detail) values ('variables shown', ${n === 2 ? 'davit' : 'user'}, 'Ada', 2, 1, ${n})`
  }
  await migrateDatabase(where)
  const rows = await sql<Record<string, unknown>[]>`select id::int, detail, source, resource_kind, stack_id::int, environment_handle from events order by id`
  expect(rows.map((row) => [row.id, row.detail, row.source])).toEqual([[6, '1', 'dashboard'], [7, '2', 'davit'], [8, '3', 'dashboard']])
  expect(rows[0]).toMatchObject({ resource_kind: 'app', stack_id: 7, environment_handle: 'production' })
  await expect(sql`update events set detail = ''`).rejects.toThrow(/never changed/)
  await sql.end()
  await admin`drop database ${admin(where.database)} with (force)`
  await admin.end()
  await rm(folder, { recursive: true })
})
