import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db, sql } from '../db/client.ts'
import { attachment } from '../download/attachment.ts'
import { findEnvironment } from '../environment/queries.ts'
import { closeTime, keepReport, writeChunks } from './make.ts'
import { downloadReport, downloadSoFar, listReports } from './queries.ts'
import { beginningOf, weekOf } from './week.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }
const rowsCount = 20_000
let environment = 0
let report = 0

async function resource(kind: string, handle: string, stackId: number | null): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle, stackId }).returning({ id: resources.id })
  return row!.id
}

beforeAll(async () => {
  const stack = await resource('stack', 'here', null)
  await db.insert(stacks).values({ id: stack, handle: 'here', driver: 'memory' })
  environment = await resource('environment', 'staging', stack)
  await db.insert(environments).values({ id: environment, stackId: stack, handle: 'staging' })
  await sql`
    insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, environment_id, environment_handle, actor_kind, actor_name, source, request_key, queued_at, started_at, finished_at, note)
    select 'deploy', 'succeeded', 'Deploy', '{}', '[]', ${environment}, 'app', 'storefront', ${environment}, 'staging', 'user', 'Ada', 'dashboard', 'row ' || i, at, at, at, md5(i::text)
    from generate_series(1, ${rowsCount}) i, lateral (select ${new Date().toISOString()}::timestamptz - interval '1 second' as at) t`
  report = await makeReport(stack, environment)
})

async function makeReport(stack: number, environmentId: number): Promise<number> {
  const maker = await db.insert(operations).values({ type: 'report', title: 'Report', input: {}, plan: [], resourceId: stack, resourceKind: 'stack', resourceHandle: 'here', actorKind: 'schedule', actorName: 'schedule', source: 'schedule', requestKey: randomUUID() }).returning({ id: operations.id })
  const since = beginningOf(weekOf(new Date()))
  const until = await db.transaction((tx) => closeTime(tx, { environmentId, since, until: new Date(Date.now() + 3600_000) }))
  const span = { environmentId, since, until }
  const written = await writeChunks((work) => db.transaction(work), maker[0]!.id, span, new AbortController().signal)
  await db.transaction((tx) => keepReport(tx, maker[0]!.id, span, written))
  return (await listReports(owner, environmentId))[0]!.id
}

const bytesOf = async (chunks: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(chunks))

/** What this process's pool does besides asking. */
async function busy(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`
  return row!.n
}

test('what is being sent is permitted as long as its environment may be read', async () => {
  const member: Actor = { ...owner, id: 2, owner: false, scopes: { [environment]: ['read'] } }
  for (const { permits } of [await downloadReport(member, environment, report, true), await downloadSoFar(member, environment)]) {
    expect([permits(member), permits({ ...member, scopes: { [environment]: ['deploy'] } }), permits({ ...member, scopes: {} }), permits(owner)]).toEqual([true, false, false, true])
  }
})

test('has every row of many that ended in the same instant, and goes out as it is stored to whoever takes gzip, and expanded to others; both are the CSV', async () => {
  const stored = await downloadReport(owner, environment, report, true)
  const expanded = await downloadReport(owner, environment, report, false)
  const [gzipped, csv] = [await bytesOf(stored.chunks), await bytesOf(expanded.chunks)]
  expect(gunzipSync(gzipped).equals(csv)).toBe(true)
  expect(stored.headers['davit-seal']).toMatch(/^[0-9a-f]{64}$/)
  expect(csv.toString().split('\r\n')).toHaveLength(rowsCount + 2)
  const [row] = await listReports(owner, environment)
  expect([row!.rows, row!.bytes]).toEqual([rowsCount, csv.length])
})

test('a download that is aborted leaks no connection, be it sealed or the week so far', async () => {
  for (let round = 0; round < 14; round++) {
    for (const file of [await downloadReport(owner, environment, report, false), await downloadReport(owner, environment, report, true), await downloadSoFar(owner, environment)]) {
      const reader = attachment(file.name, 'text/csv', file.chunks, new AbortController()).body!.getReader()
      await reader.read()
      await reader.cancel()
    }
  }
  expect(await busy()).toBe(0)
})

test('every download is activity, and who has no scope there finds nothing', async () => {
  const before = await sql`select from events where kind = 'report downloaded'`
  await downloadSoFar(owner, environment)
  expect(await sql`select from events where kind = 'report downloaded'`).toHaveLength(before.length + 1)
  const stranger = { ...owner, owner: false, scopes: { 999: ['read' as const] } }
  const reader = { ...owner, owner: false, scopes: { [environment]: ['read' as const] } }
  expect(await listReports(reader, environment)).toHaveLength(1)
  for (const read of [() => listReports(stranger, environment), () => downloadReport(stranger, environment, report, true), () => downloadSoFar(stranger, environment)]) {
    await expect(read()).rejects.toMatchObject({ code: 'not_found' })
  }
  await sql`update environments set deprovisioned_at = now() where id = ${environment}`
  await expect(listReports(reader, environment)).rejects.toMatchObject({ code: 'not_found' })
  expect(await listReports(owner, environment)).toHaveLength(1)
})

test('the report of an environment that never came to be is there for owners, and for nobody else', async () => {
  const stack = await resource('stack', 'there', null)
  await db.insert(stacks).values({ id: stack, handle: 'there', driver: 'memory' })
  const never = await resource('environment', 'never', stack)
  await expect(findEnvironment(owner, never)).rejects.toMatchObject({ code: 'not_found' })
  const at = new Date()
  await db.insert(operations).values({ type: 'provision', status: 'failed', title: 'Create the environment never', input: {}, plan: [], resourceId: never, resourceKind: 'environment', resourceHandle: 'never', environmentId: never, environmentHandle: 'never', actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), startedAt: at, rollbackStartedAt: at, finishedAt: at, reason: 'error', rollback: 'complete' })
  const made = await makeReport(stack, never)
  expect(await listReports(owner, never)).toMatchObject([{ id: made, rows: 1, failures: 1 }])
  expect((await bytesOf((await downloadReport(owner, never, made, false)).chunks)).toString()).toContain('provision,failed')
  expect(await findEnvironment(owner, never)).toMatchObject({ handle: 'never', made: false, deprovisionedAt: at })
  const reader = { ...owner, owner: false, scopes: { [never]: ['read' as const] } }
  for (const read of [() => listReports(reader, never), () => downloadReport(reader, never, made, true), () => findEnvironment(reader, never), () => listReports(owner, stack)]) {
    await expect(read()).rejects.toMatchObject({ code: 'not_found' })
  }
})
