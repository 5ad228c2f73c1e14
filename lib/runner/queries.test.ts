import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { blocks, holds } from '#drizzle/schema/hold.ts'
import { steps } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { runners } from '#drizzle/schema/runner.ts'
import { db } from '../db/client.ts'
import { findOperation } from './queries.ts'
import { makeResource, tester } from './rehearsal.ts'

async function record(resourceId: number, more: Partial<typeof operations.$inferInsert> = {}) {
  const [row] = await db
    .insert(operations)
    .values({ type: 'work', title: 'Work', input: { secret: 'x' }, plan: [], resourceId, resourceKind: 'thing', resourceHandle: 'thing', actorKind: 'davit', actorName: 'Tester', source: 'test', requestKey: randomUUID(), ...more })
    .returning()
  return row!.id
}

const succeeded = (seconds: number) => ({ status: 'succeeded' as const, startedAt: new Date(0), finishedAt: new Date(seconds * 1000) })

test('the usual time is the median of earlier ones on the same resource, else of the type', async () => {
  const [thing, other] = [await makeResource(), await makeResource()]
  for (const seconds of [10, 30, 20]) await record(thing, { type: 'timed', ...succeeded(seconds) })
  expect((await findOperation(tester, await record(thing, { type: 'timed' }))).usual).toEqual({ ms: 20_000, of: 3, same: 'resource' })
  expect((await findOperation(tester, await record(other, { type: 'timed' }))).usual).toEqual({ ms: 20_000, of: 3, same: 'type' })
  expect((await findOperation(tester, await record(other, { type: 'never before' }))).usual).toBeNull()
})

test('what skipped other steps says nothing of the usual time', async () => {
  const thing = await makeResource()
  const plan = (skips?: string) => [{ name: 'copy', undoes: null, interruptible: true, pointOfNoReturn: false, ...(skips && { skips }) }]
  for (const [seconds, skips] of [[10, 'it stays'], [1000, undefined], [20, 'it stays']] as const) await record(thing, { type: 'moved', plan: plan(skips), ...succeeded(seconds) })
  const usual = async (skips?: string) => (await findOperation(tester, await record(thing, { type: 'moved', plan: plan(skips) }))).usual
  expect(await usual('it stays')).toEqual({ ms: 15_000, of: 2, same: 'resource' })
  expect(await usual()).toEqual({ ms: 1_000_000, of: 1, same: 'resource' })
  expect(await usual('something else')).toBeNull()
})

test('a queued one knows its place: those before it that it cannot share with', async () => {
  const thing = await makeResource()
  const hold = async (position: number, mode: string, state: string) => {
    const id = await record(thing)
    await db.insert(holds).values({ operationId: id, resourceId: thing, mode, position, state })
    return id
  }
  await hold(1, 'exclusive', 'released')
  const first = await hold(2, 'exclusive', 'held')
  const shared = await hold(3, 'shared', 'waiting')
  const alsoShared = await hold(4, 'shared', 'waiting')
  const last = await hold(5, 'exclusive', 'waiting')
  const ahead = async (id: number) => (await findOperation(tester, id)).queue.ahead.map((one) => one.id)
  expect(await ahead(alsoShared)).toEqual([first])
  expect(await ahead(last)).toEqual([first, shared, alsoShared])
  expect((await findOperation(tester, last)).queue.place).toBe(4)
})

test('one that waits behind a block says whose it is', async () => {
  const thing = await makeResource()
  const failed = await record(thing, { status: 'failed', rollback: 'incomplete', reason: 'error', startedAt: new Date(0), finishedAt: new Date() })
  await db.insert(blocks).values({ resourceId: thing, operationId: failed })
  const waiting = await record(thing)
  await db.insert(holds).values({ operationId: waiting, resourceId: thing, mode: 'exclusive', position: 9, state: 'waiting' })
  expect((await findOperation(tester, waiting)).blocks).toMatchObject([{ operationId: failed, resourceId: thing }])
  expect((await findOperation(tester, failed)).blocks).toHaveLength(1)
})

test('shows the last attempt of each step, and never the input', async () => {
  const id = await record(await makeResource(), { status: 'running', startedAt: new Date() })
  const attempt = (number: number, state: string) => ({ operationId: id, index: 0, direction: 'run', attempt: number, name: 'build', state, fence: 0, finishedAt: new Date() })
  await db.insert(steps).values([attempt(1, 'unknown'), attempt(2, 'succeeded')])
  const snapshot = await findOperation(tester, id)
  expect(snapshot.steps).toMatchObject([{ attempt: 2, state: 'succeeded' }])
  expect(JSON.stringify(snapshot)).not.toContain('secret')
})

test('what is absent, or not to be seen, is not found', async () => {
  await expect(findOperation(tester, 999_999)).rejects.toMatchObject({ code: 'not_found' })
  const id = await record(await makeResource())
  await expect(findOperation({ kind: 'user', id: 2, name: 'Eve', email: null, owner: false, scopes: {} }, id)).rejects.toMatchObject({ code: 'not_found' })
})

test('an unfinished one says when no runner is alive, also when the last has only lost its lease', async () => {
  const thing = await makeResource()
  const [waiting, over] = [await record(thing), await record(thing, succeeded(10))]
  const runnerless = async (id: number) => (await findOperation(tester, id)).runnerless
  expect([await runnerless(waiting), await runnerless(over)]).toEqual([true, false])
  const id = randomUUID()
  await db.insert(runners).values({ id, name: 'alone', version: 'test', pid: 1, state: 'live', leaseExpiresAt: sql`clock_timestamp() + interval '1 hour'` })
  expect(await runnerless(waiting)).toBe(false)
  await db.update(runners).set({ leaseExpiresAt: new Date(0) }).where(eq(runners.id, id))
  expect(await runnerless(waiting)).toBe(true)
})
