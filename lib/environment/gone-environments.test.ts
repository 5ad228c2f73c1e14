import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { findEnvironment, listEnvironments, listGoneEnvironments } from './queries.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }
const [earlier, later] = [new Date('2026-02-01T10:00Z'), new Date('2026-02-02T10:00Z')]

async function resource(kind: string, handle: string, stackId: number | null): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle, stackId }).returning({ id: resources.id })
  return row!.id
}

async function provision(resourceId: number, handle: string, finishedAt: Date | null) {
  const ended = finishedAt ? { status: 'failed' as const, startedAt: earlier, rollbackStartedAt: earlier, finishedAt, reason: 'error', rollback: 'complete' } : {}
  await db.insert(operations).values({
    type: 'provision', title: `Create the environment ${handle}`, input: {}, plan: [], resourceId, resourceKind: 'environment', resourceHandle: handle, environmentId: resourceId,
    actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), ...ended,
  })
}

test('owners find the environments that are gone, the latest first, and whether they ever were', async () => {
  const stack = await resource('stack', 'here', null)
  await db.insert(stacks).values({ id: stack, handle: 'here', driver: 'memory' })
  const [live, gone, never, coming] = [await resource('environment', 'live', stack), await resource('environment', 'first-name', stack), await resource('environment', 'never', stack), await resource('environment', 'coming', stack)]
  await db.insert(environments).values([{ id: live, stackId: stack, handle: 'live' }, { id: gone, stackId: stack, handle: 'gone', deprovisionedAt: earlier }])
  await provision(never, 'never', later)
  await provision(coming, 'coming', null)

  const listed = await listGoneEnvironments(owner)
  expect(listed).toEqual([
    { id: never, handle: 'never', stackHandle: 'here', made: false, at: later },
    { id: gone, handle: 'gone', stackHandle: 'here', made: true, at: earlier },
  ])
  for (const { id, at } of listed) expect(await findEnvironment(owner, id)).toMatchObject({ deprovisionedAt: at })
  expect(await listEnvironments(owner)).toMatchObject([{ id: live }])
})

test('nobody else is told of them', async () => {
  await expect(listGoneEnvironments({ ...owner, owner: false, scopes: { 1: ['admin'] } })).rejects.toMatchObject({ code: 'forbidden' })
})
