import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import { migrateDatabase } from './migrate.ts'

const drizzle = join(import.meta.dirname, '../../drizzle')

/** A database of its own with the first of the migrations, and what brings it to the newest. */
export async function openOlderDatabase(migrations: number) {
  const where = { ...inject('server'), database: `older_${randomBytes(4).toString('hex')}` }
  const admin = postgres({ ...where, database: 'postgres', max: 1, onnotice: () => {} })
  await admin`create database ${admin(where.database)}`
  const folder = await mkdtemp(join(tmpdir(), 'davit-older-'))
  await cp(drizzle, folder, { recursive: true })
  const path = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: { idx: number }[] }
  await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.filter(({ idx }) => idx < migrations) }))
  await migrateDatabase(where, folder)
  await rm(folder, { recursive: true })
  const sql = postgres({ ...where, max: 1, onnotice: () => {} })
  return {
    sql,
    migrate: () => migrateDatabase(where),
    async drop() {
      await sql.end()
      await admin`drop database ${admin(where.database)} with (force)`
      await admin.end()
    },
  }
}
