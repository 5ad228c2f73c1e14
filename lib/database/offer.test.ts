import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { offerDriver } from '../drivers/index.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld } from '../drivers/memory/world.ts'
import { offeredOn, offersDatabases, readOffer } from './offer.ts'
import { findType, offerType } from './types/index.ts'
import type { DatabaseType } from './types/type.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }

async function makeEnvironment(driver: string): Promise<number> {
  const [stack, environment] = await db.insert(resources).values(['stack', 'environment'].map((kind) => ({ kind, handle: randomUUID() }))).returning({ id: resources.id })
  await db.insert(stacks).values({ id: stack!.id, handle: String(stack!.id), driver })
  await db.insert(environments).values({ id: environment!.id, stackId: stack!.id, handle: String(environment!.id) })
  return environment!.id
}

test('a form is told of types, of places with what is free there, and what a size means', async () => {
  const world = createMemoryWorld()
  world.oddUser = 'root'
  world.places.set('away', { totalMb: 5, trouble: 'it is not mounted' })
  const withdraw = offerDriver('memory', () => createMemoryDriver(world))
  const environment = await makeEnvironment('memory')
  expect(await offersDatabases(owner, environment)).toBe(true)
  const { types, places, sizes } = await readOffer(owner, environment)
  expect(types).toContainEqual(expect.objectContaining({ name: 'postgresql', title: 'PostgreSQL', trouble: expect.stringMatching(/^A database runs as root here, which PostgreSQL refuses\. It does not where /) }))
  expect(places).toContainEqual(expect.objectContaining({ place: 'away', trouble: 'it is not mounted' }))
  expect(sizes).toMatch(/\w/)
  withdraw()
})

test('a type whose programs this machine lacks is offered only where an engine fetches them', async () => {
  const absent: DatabaseType = { ...findType('postgresql'), name: 'absent', programs: { versions: async () => [], put: async () => {} } }
  const withdraw = offerType(absent)
  expect(await offeredOn('local')).not.toContain(absent)
  expect(await offeredOn('local')).toContain(findType('postgresql'))
  expect(await offeredOn('docker')).toContain(absent)
  withdraw()
})

test('where no volume is kept no database is offered', async () => {
  const withdraw = offerDriver('bare', () => ({ ...createMemoryDriver(createMemoryWorld()), volumes: null }))
  const environment = await makeEnvironment('bare')
  expect(await offersDatabases(owner, environment)).toBe(false)
  await expect(readOffer(owner, environment)).rejects.toMatchObject({ code: 'conflict' })
  await expect(readOffer({ ...owner, owner: false }, environment)).rejects.toMatchObject({ code: 'not_found' })
  withdraw()
})
