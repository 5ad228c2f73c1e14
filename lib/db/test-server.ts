import { glob, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { EmbeddedConnection } from './embedded.ts'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from './embedded-server.ts'
import { migrateDatabase } from './migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    server: EmbeddedConnection
    /** What the folders of this run's files begin with, all of which go with it. */
    prefix: string
  }
}

/** One throw-away Postgres for the whole run; its first database is migrated once and cloned by every test file. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'davit-test-'))
  const { connection } = await startEmbeddedPostgres(folder)
  await migrateDatabase(connection)
  project.provide('server', connection)
  const prefix = `${folder}-`
  project.provide('prefix', prefix)
  return async () => {
    await stopEmbeddedPostgres(folder)
    await rm(folder, { recursive: true, force: true })
    for await (const left of glob(`${prefix}*`)) await rm(left, { recursive: true, force: true, maxRetries: 10 })
  }
}
