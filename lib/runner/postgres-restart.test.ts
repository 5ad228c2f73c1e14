import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../db/embedded-server.ts'
import { migrateDatabase } from '../db/migrate.ts'

// A server of its own, because no other test must lose its own.
const folder = await mkdtemp(join(tmpdir(), 'davit-restart-'))
await chmod(folder, 0o711)
process.env.DAVIT_DATA = folder

beforeAll(async () => {
  const { connection } = await startEmbeddedPostgres(folder)
  await migrateDatabase(connection)
})

afterAll(async () => {
  await stopEmbeddedPostgres(folder)
  await rm(folder, { recursive: true, force: true })
})

test('an operation pauses while Postgres is away, longer than a lease, and goes on as if nothing had been', { timeout: 120_000 }, async () => {
  const { ended, findOperation, gate, journalOf, logOf, makeResource, onThing, startTestRunner, tester } = await import('./rehearsal.ts')
  const { start } = await import('./start.ts')
  const { requestCancel } = await import('./cancel.ts')
  const { sql } = await import('../db/client.ts')
  const inside = gate()
  const world: string[] = []
  const patient = onThing('patient')
    .step('one', {
      undoes: 'one',
      run: async (_known, hands) => {
        await inside.pass()
        hands.log('said while the db was away')
        world.push('run one')
      },
      compensate: () => void world.push('undo one'),
    })
    .step('two', { undoes: null, run: () => void world.push('run two') })
  const leaseSeconds = 0.5
  const runners = await Promise.all([1, 2].map(() => startTestRunner({ definitions: [patient], leaseSeconds })))
  const { id } = await start(patient, { thing: await makeResource() }, tester)
  await inside.reached
  await stopEmbeddedPostgres(folder)
  const away = performance.now()
  const later = start(patient, { thing: 1 }, tester)
  inside.open()
  await new Promise<void>((resolve) => {
    const look = () => (performance.now() - away > leaseSeconds * 3000 ? resolve() : setImmediate(look))
    look()
  })
  await startEmbeddedPostgres(folder)
  expect(await ended(id)).toMatchObject({ status: 'succeeded', claims: 1 })
  expect(await journalOf(id)).toEqual(['run one: succeeded', 'run two: succeeded'])
  expect(await logOf(id)).toContain('said while the db was away')
  // What was asked for meanwhile was not lost either, and is told to the runner as before.
  const { id: queued } = await later
  expect(await ended(queued)).toMatchObject({ status: 'succeeded' })
  expect(world).toEqual(['run one', 'run two', 'run one', 'run two'])
  await expect(requestCancel(tester, id, () => 'operate')).rejects.toMatchObject({ code: 'conflict' })
  expect((await findOperation(id)).reason).toBeNull()
  await Promise.all(runners.map((runner) => runner.drain(1000)))
  await sql.end({ timeout: 1 })
})
