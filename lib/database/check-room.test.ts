import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { backups, databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { offerDriver } from '../drivers/index.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld, type MemoryWorld } from '../drivers/memory/world.ts'
import { checkBackUp, checkDeprovision, checkNewDatabase, checkResize, checkRestart, checkRestore } from './check-room.ts'

const owner: Actor = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} }
const newDatabase = { handle: 'ledger', type: 'postgresql', version: '18', memoryMb: 64 }

async function resource(kind: string, environmentId: number | null = null): Promise<number> {
  const [row] = await db.insert(resources).values({ kind, handle: randomUUID(), environmentId }).returning({ id: resources.id })
  return row!.id
}

/** A database of 200 MB that holds 100 MB, at a place of 1000 MB; 50 MB at another, and a third that is away. */
async function makePlace(look = createMemoryDriver, change: (world: MemoryWorld) => void = () => {}) {
  const world = createMemoryWorld()
  world.places.clear()
  world.places.set('local', { totalMb: 1000, trouble: null })
  world.places.set('small', { totalMb: 50, trouble: null })
  world.places.set('away', { totalMb: 1000, trouble: 'it is not mounted' })
  change(world)
  const [stack, environment] = [await resource('stack'), await resource('environment')]
  const driver = randomUUID()
  await db.insert(stacks).values({ id: stack, handle: String(stack), driver })
  await db.insert(environments).values({ id: environment, stackId: stack, handle: String(environment) })
  const [database, backup] = [await resource('database', environment), await resource('backup', environment)]
  const made = { environmentId: environment, type: 'postgresql', version: '18', image: { id: 'none', version: '18' }, place: 'local', memoryMb: 64, volumeMb: 200, credentials: 'none', volume: randomUUID() }
  world.volumes.set(made.volume, { name: made.volume, owner: { id: database, handle: 'ledger' }, place: 'local', sizeMb: 200, fence: 1, whole: true, attached: true, files: new Map([['rows', 'x'.repeat(100 * 1024 ** 2)]]) })
  await db.insert(databases).values({ ...made, id: database, handle: 'ledger' })
  const [operation] = await db
    .insert(operations)
    .values({ type: 'backup', title: 'Back up ledger', input: {}, plan: [], resourceId: database, resourceKind: 'database', resourceHandle: 'ledger', actorKind: 'user', actorName: 'Ada', source: 'test', requestKey: randomUUID() })
    .returning({ id: operations.id })
  await db.insert(backups).values({ ...made, id: backup, databaseId: database, operationId: operation!.id, volume: randomUUID(), bytes: 1, final: false })
  return { environment, database, backup, withdraw: offerDriver(driver, () => look(world)) }
}

test('a size below what is held, or more than is free, is refused beside its field, with the numbers', async () => {
  const { environment, database, backup, withdraw } = await makePlace()
  await expect(checkResize(owner, { database, volumeMb: 99 })).rejects.toMatchObject({ message: 'It holds 100 MB, which is more than 99 MB.', fields: { volumeMb: 'at least 100' } })
  await checkResize(owner, { database, volumeMb: 100 })
  await checkResize(owner, { database, volumeMb: 1000 })
  const full = { message: expect.stringMatching(/^801 MB( more)? are needed at local, where 800 MB are free\.$/), fields: { volumeMb: '800 MB are free at local' } }
  await expect(checkResize(owner, { database, volumeMb: 1001 })).rejects.toMatchObject(full)
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 801 })).rejects.toMatchObject(full)
  await expect(checkRestore(owner, { backup, handle: 'again', volumeMb: 801 })).rejects.toMatchObject(full)
  await checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 800 })
  await checkRestore(owner, { backup, handle: 'again' })
  withdraw()
})

test('more memory than the machine has free is refused beside its field, with the numbers', async () => {
  const { environment, backup, withdraw } = await makePlace(createMemoryDriver, (world) => (world.freeMemoryMb = 500))
  const scarce = { message: '1 container needs 501 MB, and this machine has 500 MB free beside what runs now.', fields: { memoryMb: 'more than is free' } }
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, memoryMb: 501, volumeMb: 200 })).rejects.toMatchObject(scarce)
  await expect(checkRestore(owner, { backup, handle: 'again', memoryMb: 501 })).rejects.toMatchObject(scarce)
  await checkNewDatabase(owner, { ...newDatabase, environment, memoryMb: 500, volumeMb: 200 })
  await checkRestore(owner, { backup, handle: 'again' })
  withdraw()
})

test('a restart to more memory may have what its present container takes, wherever it goes', async () => {
  const { database, withdraw } = await makePlace(createMemoryDriver, (world) => {
    world.freeMemoryMb = 500
    world.places.set('other', { totalMb: 1000, trouble: null })
  })
  const scarce = {
    message: '1 container needs 565 MB, and this machine has 500 MB free beside what runs now; the old one, which stops first, counts for 64 MB more.',
    fields: { memoryMb: 'more than is free' },
  }
  for (const place of [undefined, 'other']) {
    await expect(checkRestart(owner, { database, place, memoryMb: 565 })).rejects.toMatchObject(scarce)
    await checkRestart(owner, { database, place, memoryMb: 564 })
  }
  withdraw()
})

test('a restart that takes no more memory is not refused for want of it', async () => {
  const { database, withdraw } = await makePlace(createMemoryDriver, (world) => (world.freeMemoryMb = 0))
  await checkRestart(owner, { database })
  await checkRestart(owner, { database, memoryMb: 64 })
  withdraw()
})

test('a place that cannot be used, or is too small, is refused beside its field', async () => {
  const { environment, database, backup, withdraw } = await makePlace()
  const away = { code: 'unavailable', fields: { place: 'it is not mounted' } }
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 20, place: 'away' })).rejects.toMatchObject(away)
  await expect(checkRestore(owner, { backup, handle: 'again', place: 'away' })).rejects.toMatchObject(away)
  await expect(checkRestart(owner, { database, place: 'away' })).rejects.toMatchObject(away)
  await expect(checkRestart(owner, { database, place: 'small' })).rejects.toMatchObject({ fields: { place: '50 MB are free at small' } })
  await checkRestart(owner, { database, place: 'local' })
  withdraw()
})

test('a backup is refused in its form where it would lie: the place is away, or has no room for what could be copied', async () => {
  const { database, withdraw } = await makePlace()
  const tooSmall = '200 MB are needed at small, where 50 MB are free.'
  await expect(checkBackUp(owner, { database, place: 'small' })).rejects.toMatchObject({ code: 'conflict', message: tooSmall, fields: { place: '50 MB are free at small' } })
  await expect(checkBackUp(owner, { database, place: 'away' })).rejects.toMatchObject({ code: 'unavailable', fields: { place: 'it is not mounted' } })
  await checkBackUp(owner, { database })
  await checkDeprovision(owner, { database, confirm: 'ledger', linked: [], finalBackup: true })
  withdraw()
})

test('where there is one place, which is full, a backup is refused without a field that the form does not have, and a final one beside its box', async () => {
  const { database, withdraw } = await makePlace(createMemoryDriver, ({ places }) => {
    places.clear()
    places.set('local', { totalMb: 250, trouble: null })
  })
  const full = '200 MB are needed at local, where 50 MB are free.'
  await expect(checkBackUp(owner, { database })).rejects.toMatchObject({ message: full, fields: {} })
  await expect(checkDeprovision(owner, { database, confirm: 'ledger', linked: [], finalBackup: true })).rejects.toMatchObject({ message: full, fields: { finalBackup: '50 MB are free at local' } })
  await checkDeprovision(owner, { database, confirm: 'ledger', linked: [], finalBackup: false })
  withdraw()
})

test('room is asked for also where a size is advice: the engine refuses what it has no room for', async () => {
  const { environment, database, withdraw } = await makePlace((world) => {
    const driver = createMemoryDriver(world)
    const volumes = driver.volumes!
    return { ...driver, volumes: { ...volumes, describe: async () => ({ ...(await volumes.describe()), sized: false }) } }
  })
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 801 })).rejects.toMatchObject({ fields: { volumeMb: '800 MB are free at local' } })
  await expect(checkBackUp(owner, { database, place: 'small' })).rejects.toMatchObject({ fields: { place: '50 MB are free at small' } })
  withdraw()
})

test('where no place can be used, a new database is refused with the trouble of each', async () => {
  const { environment, withdraw } = await makePlace(createMemoryDriver, ({ places }) => {
    places.delete('small')
    places.set('local', { totalMb: 1000, trouble: 'Davit may not write to /srv/local' })
  })
  const why = 'No place of this stack can be used. local: Davit may not write to /srv/local; away: it is not mounted.'
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 20 })).rejects.toMatchObject({ code: 'unavailable', message: why })
  withdraw()
})

test('a new database that would run as a user that its type refuses is refused; what a backup holds may be served', async () => {
  const { environment, backup, withdraw } = await makePlace(createMemoryDriver, (world) => void (world.oddUser = 'a user without a name'))
  const refused = { code: 'conflict', message: expect.stringMatching(/^A database runs as a user without a name here, which PostgreSQL refuses\./) }
  await expect(checkNewDatabase(owner, { ...newDatabase, environment, volumeMb: 20 })).rejects.toMatchObject(refused)
  await checkRestore(owner, { backup, handle: 'again' })
  withdraw()
})

test('who may not do it is told nothing of what there is', async () => {
  const { environment, database, backup, withdraw } = await makePlace()
  const reader: Actor = { ...owner, owner: false, scopes: { [environment]: ['read'] } }
  const stranger: Actor = { ...owner, owner: false }
  for (const [actor, code] of [[reader, 'forbidden'], [stranger, 'not_found']] as const) {
    await expect(checkResize(actor, { database, volumeMb: 99 })).rejects.toMatchObject({ code })
    await expect(checkRestart(actor, { database, place: 'away' })).rejects.toMatchObject({ code })
    await expect(checkRestore(actor, { backup, handle: 'again', place: 'away' })).rejects.toMatchObject({ code })
    await expect(checkNewDatabase(actor, { ...newDatabase, environment, volumeMb: 9999 })).rejects.toMatchObject({ code })
    await expect(checkBackUp(actor, { database, place: 'small' })).rejects.toMatchObject({ code })
    await expect(checkDeprovision(actor, { database, confirm: 'ledger', linked: [], finalBackup: true })).rejects.toMatchObject({ code })
  }
  withdraw()
})

test('what cannot be told now is left to the operation', async () => {
  const { database, withdraw } = await makePlace((world) => {
    const driver = createMemoryDriver(world)
    return { ...driver, volumes: { ...driver.volumes!, inspect: () => Promise.reject(new Error('the engine is away')) } }
  })
  await checkResize(owner, { database, volumeMb: 99 })
  withdraw()
})
