import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { backups, databases, downtimes } from '#drizzle/schema/database.ts'
import { blocks } from '#drizzle/schema/hold.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { configurations, releases } from '#drizzle/schema/release.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { listSickDatabases } from './sick.ts'
import { findDatabase, listBackups, listDatabases, listDowntimes, listGoneDatabases, nameDatabases } from './queries.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }

async function resource(kind: string, handle: string, environmentId: number | null = null): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle, environmentId }).returning({ id: resources.id })
  return row!.id
}

async function makeEnvironment(): Promise<number> {
  const [stack, environment] = [await resource('stack', randomUUID()), await resource('environment', randomUUID())]
  await db.insert(stacks).values({ id: stack, handle: String(stack), driver: 'memory' })
  await db.insert(environments).values({ id: environment, stackId: stack, handle: String(environment) })
  return environment
}

async function makeDatabase(environment: number, handle: string, deprovisionedAt: Date | null = null): Promise<number> {
  const id = await resource('database', handle, environment)
  await db.insert(databases).values({ id, environmentId: environment, handle, type: 'postgresql', version: '18', image: { id: 'i', version: '18.4' }, place: 'local', memoryMb: 256, volumeMb: 1024, volume: `v${id}`, credentials: 'sealed', deprovisionedAt })
  return id
}

async function makeOperation(resourceId: number, type: string, downtimeMs: number | null, { ended = true } = {}): Promise<number> {
  const at = new Date()
  const [row] = await db
    .insert(operations)
    .values({ type, title: `${type} it`, status: ended ? 'succeeded' : 'running', input: {}, plan: [], resourceId, resourceKind: 'database', resourceHandle: 'main', actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), startedAt: at, finishedAt: ended ? at : null, downtimeMs })
    .returning({ id: operations.id })
  return row!.id
}

test('a database is read with the container that serves it, and without what it is sealed with', async () => {
  const environment = await makeEnvironment()
  const [main, idle] = [await makeDatabase(environment, 'main'), await makeDatabase(environment, 'idle')]
  const made = await makeOperation(main, 'provision', null)
  const container = { ownerId: main, service: 'postgresql', operationId: made, place: 'local' }
  await db.insert(containers).values([{ ...container, name: 'old', phase: 'unwanted' as const }, { ...container, name: 'now', phase: 'wanted' as const, seen: 'running' }, { ...container, name: 'next', phase: 'new' as const }])
  expect(await listDatabases(owner, environment)).toMatchObject({ rows: [{ id: idle, container: null }, { id: main, container: { name: 'now' } }], more: false })
  const found = await findDatabase(owner, main)
  expect(found).toMatchObject({ handle: 'main', container: { name: 'now', seen: 'running' }, environment: { id: environment }, apps: [] })
  expect(JSON.stringify(found)).not.toContain('sealed')
})

test('databases are listed page by page, by their handles, each of them once', async () => {
  const environment = await makeEnvironment()
  const handles = Array.from({ length: 60 }, (_, index) => `orders-${String(index).padStart(2, '0')}`)
  for (const handle of handles.toReversed()) await makeDatabase(environment, handle)
  await makeDatabase(environment, 'orders-gone', new Date())
  const listed: string[] = []
  for (let more = true; more; ) {
    const page = await listDatabases(owner, environment, listed.at(-1) ?? null)
    expect(page.rows.length).toBeLessThan(handles.length)
    listed.push(...page.rows.map(({ handle }) => handle))
    more = page.more
  }
  expect(listed).toEqual(handles)
  expect((await nameDatabases(owner, environment)).map(({ handle }) => handle)).toEqual(handles)
})

test('one that is blocked is said to be so where databases are listed, until its block is lifted', async () => {
  const environment = await makeEnvironment()
  const [main, other] = [await makeDatabase(environment, 'main'), await makeDatabase(environment, 'other')]
  await db.insert(blocks).values({ resourceId: main, operationId: await makeOperation(main, 'restart', null) })
  expect(await listDatabases(owner, environment)).toMatchObject({ rows: [{ id: main, blocked: true }, { id: other, blocked: false }], more: false })
  await db.update(blocks).set({ liftedAt: new Date(), liftedBy: 'Ada' }).where(eq(blocks.resourceId, main))
  expect(await listDatabases(owner, environment)).toMatchObject({ rows: [{ id: main, blocked: false }, { id: other, blocked: false }], more: false })
})

test('an app is linked by its configuration in force only', async () => {
  const environment = await makeEnvironment()
  const [main, other] = [await makeDatabase(environment, 'main'), await makeDatabase(environment, 'other')]
  const configure = async (appId: number, links: Record<string, number>) => {
    const [row] = await db.insert(configurations).values({ appId, names: Object.keys(links), links, sealed: 'x' }).returning({ id: configurations.id })
    return row!.id
  }
  const makeApp = async (handle: string) => {
    const id = await resource('app', handle, environment)
    await db.insert(apps).values({ id, environmentId: environment, handle })
    return id
  }
  const [deployed, coming, gone] = [await makeApp('deployed'), await makeApp('coming'), await makeApp('gone')]
  const inForce = await configure(deployed, { DATABASE_URL: main, OTHER_URL: other })
  await configure(deployed, {})
  const operationId = await makeOperation(deployed, 'deploy', null)
  const [release] = await db
    .insert(releases)
    .values({ appId: deployed, number: 1, operationId, strategy: 'bluegreen', image: { id: 'i', version: 'v', ref: 'main', buildCommand: null }, manifest: { services: {}, beforeRelease: [], afterRollback: [], drainSeconds: 1 }, configurationId: inForce, formation: {} })
    .returning({ id: releases.id })
  await db.update(apps).set({ currentReleaseId: release!.id })
  await configure(coming, {})
  await configure(coming, { MAIN_URL: main })
  await configure(gone, { DATABASE_URL: main })
  await db.execute(`update apps set current_release_id = null where id <> ${deployed}`)
  await db.execute(`update apps set deprovisioned_at = now() where id = ${gone}`)
  expect((await findDatabase(owner, main)).apps).toEqual([{ id: coming, handle: 'coming', variable: 'MAIN_URL' }, { id: deployed, handle: 'deployed', variable: 'DATABASE_URL' }])
  expect((await findDatabase(owner, other)).apps).toEqual([{ id: deployed, handle: 'deployed', variable: 'OTHER_URL' }])
})

test('backups outlive their database, until they are purged', async () => {
  const environment = await makeEnvironment()
  const [gone, bare] = [await makeDatabase(environment, 'gone', new Date()), await makeDatabase(environment, 'bare', new Date())]
  const operationId = await makeOperation(gone, 'backup', null)
  const backup = async (purgedAt: Date | null) => {
    const id = await resource('backup', 'gone', environment)
    await db.insert(backups).values({ id, databaseId: gone, environmentId: environment, operationId, type: 'postgresql', version: '18', image: { id: 'i', version: '18.4' }, memoryMb: 256, volumeMb: 1024, credentials: 'sealed', place: 'local', volume: `b${id}`, bytes: 5, purgedAt })
    return id
  }
  const kept = await backup(null)
  await backup(new Date())
  expect(await listBackups(owner, gone)).toMatchObject({ rows: [{ id: kept, bytes: 5, final: false }], more: false })
  expect(await listBackups(owner, gone, kept)).toEqual({ rows: [], more: false })
  expect((await listBackups(owner, bare)).rows).toEqual([])
  expect(await listGoneDatabases(owner, environment)).toMatchObject([{ id: gone, backups: 1 }])
})

test('downtimes are told beside their budgets, the newest first', async () => {
  const main = await makeDatabase(await makeEnvironment(), 'main')
  const [first, second, quiet] = [await makeOperation(main, 'restart', 1200), await makeOperation(main, 'restart', 800), await makeOperation(main, 'update', null)]
  await db.insert(downtimes).values([first, second, quiet].map((id) => ({ operationId: id, budgetMs: 1000, atMost: id === second, answeredAt: new Date() })))
  expect(await listDowntimes(owner, main)).toMatchObject([{ id: second, downtimeMs: 800, atMost: true, budgetMs: 1000 }, { id: first, downtimeMs: 1200, atMost: false }])
})

test('a database that should run and does not is told of, unless an operation is about it', async () => {
  const environment = await makeEnvironment()
  const [well, down, busy] = [await makeDatabase(environment, 'well'), await makeDatabase(environment, 'down'), await makeDatabase(environment, 'busy')]
  const operationId = await makeOperation(well, 'provision', null)
  await db.insert(containers).values([well, down, busy].map((ownerId) => ({ name: `c${ownerId}`, ownerId, service: 'postgresql', operationId, place: 'local', phase: 'wanted' as const, seen: ownerId === well ? 'running' as const : 'ended' as const })))
  await makeOperation(busy, 'restart', null, { ended: false })
  expect((await listSickDatabases(owner)).map(({ id }) => id)).toEqual([down])
  expect(await listSickDatabases({ ...owner, owner: false, scopes: { 999: ['admin'] } })).toEqual([])
})

test('nobody is told of what lies where they have no scope', async () => {
  const environment = await makeEnvironment()
  const main = await makeDatabase(environment, 'main')
  const stranger = { ...owner, owner: false, scopes: { 999: ['admin' as const] } }
  const reads = [findDatabase, listBackups, listDowntimes].map((read) => () => read(stranger, main) as Promise<unknown>).concat([listDatabases, listGoneDatabases, nameDatabases].map((read) => () => read(stranger, environment)))
  for (const read of reads) await expect(read()).rejects.toMatchObject({ code: 'not_found' })
})
