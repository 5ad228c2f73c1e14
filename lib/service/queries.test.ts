import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { containers } from '#drizzle/schema/container.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { findContainer } from './queries.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }

async function resource(kind: string, environmentId: number | null = null): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle: randomUUID(), environmentId }).returning({ id: resources.id })
  return row!.id
}

test.each(['app', 'database'])('the output of the container of a %s is found by those who may read there, and by nobody else', async (kind) => {
  const [stack, environment] = [await resource('stack'), await resource('environment')]
  await db.insert(stacks).values({ id: stack, handle: String(stack), driver: 'memory' })
  await db.insert(environments).values({ id: environment, stackId: stack, handle: String(environment) })
  const [name, ownerId] = [randomUUID(), await resource(kind, environment)]
  await db.insert(containers).values({ name, ownerId, service: 'postgresql', operationId: ownerId, place: 'local' })
  expect(await findContainer(owner, name)).toMatchObject({ name, stack: { id: stack } })
  expect(await findContainer({ ...owner, owner: false, scopes: { [environment]: ['read'] } }, name)).toMatchObject({ name })
  await expect(findContainer({ ...owner, owner: false, scopes: { [stack]: ['read'] } }, name)).rejects.toMatchObject({ code: 'not_found' })
  await expect(findContainer(owner, randomUUID())).rejects.toMatchObject({ code: 'not_found' })
})
