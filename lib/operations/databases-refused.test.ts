import { beforeAll, describe, expect, test } from 'vitest'
import { databaseTypes } from '../database/types/index.ts'
import type { Definition } from '../runner/define.ts'
import { ended, logOf } from '../runner/rehearsal.ts'
import { backUpDatabase } from './back-up-database.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { linkDatabase } from './link-database.ts'
import { provisionDatabase } from './provision-database.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { inWorld, resourceOf, type World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))
beforeAll(() => world.crew.hire())

/** Before the tests begin, and bring one of their own. */
const real = databaseTypes().map(({ name }) => name).join(', ')
const wanted = (handle: string) => ({ environment: world.environment, handle, type: 'ledger', version: '1', memoryMb: 64, volumeMb: 100 })
const wordsOf = (promise: Promise<unknown>) => promise.then(() => 'done', (error: Error) => error.message)
const lastBackup = async () => (await world.look()).backups.at(-1)!

test('a database is not made as a user that its type refuses, and nothing is left of it', async () => {
  world.engine.oddUser = 'root'
  const { id } = await world.crew.start(provisionDatabase, wanted('unnamed'))
  const row = await ended(id)
  world.engine.oddUser = null
  expect(row).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringMatching(/^A database runs as root here, which Ledger refuses\./) })
  await world.sweep()
  await world.beSound()
})

describe('is refused before anything stops', () => {
  let database: number
  beforeAll(async () => {
    database = await world.makeDatabase('steady')
    await world.write(database, 'kept')
  })

  test.each([
    [{ memoryMb: 7 }, 'Ledger, memory in megabytes: at least 8.'],
    [{ volumeMb: 9 }, 'Ledger, volume in megabytes: at least 10.'],
    [{ version: '0' }, 'Ledger, version: there is 1.'],
    [{ type: 'abacus' }, `There is no database type "abacus"; there are ${real}, ledger.`],
    [{ handle: 'steady' }, 'There is one called steady already.'],
  ])('a database with %j', async (change, words) => {
    expect(await wordsOf(world.crew.start(provisionDatabase, { ...wanted('odd'), ...change }))).toBe(words)
  })

  test.each<[string, Definition, object, string]>([
    ['a restart with too little memory', restartDatabase, { memoryMb: 7 }, 'Ledger, memory in megabytes: at least 8.'],
    ['a restart with more memory than any machine has', restartDatabase, { memoryMb: 2_000_000 }, 'memoryMb: at most 1048576'],
    ['a volume that is too small', resizeDatabase, { volumeMb: 9 }, 'Ledger, volume in megabytes: at least 10.'],
    ['a volume larger than any', resizeDatabase, { volumeMb: 20_000_000 }, 'volumeMb: at most 16777216'],
    ['a volume as it is', resizeDatabase, { volumeMb: 100 }, 'The volume of steady has 100 MB already.'],
  ])('%s', async (_what, definition, change, words) => {
    expect(await wordsOf(world.crew.start(definition, { database, ...change }))).toBe(words)
  })

  test('a restore into less than the backup holds, or with too little memory', async () => {
    const large = await world.makeDatabase('large')
    await world.write(large, 'x'.repeat(20 * 1024 ** 2))
    await world.crew.carryOut(backUpDatabase, { database: large })
    const { id: backup } = await lastBackup()
    expect(await wordsOf(world.crew.start(restoreBackup, { backup, handle: 'small', volumeMb: 15 }))).toBe('The backup holds 21 MB, which 15 MB do not hold.')
    expect(await wordsOf(world.crew.start(restoreBackup, { backup, handle: 'small', memoryMb: 7 }))).toBe('Ledger, memory in megabytes: at least 8.')
  })

  test('a backup during which so much is written that the volume would be full, and the database serves', async () => {
    const filling = await world.makeDatabase('filling')
    await world.write(filling, 'kept')
    const copying = world.engine.hold('volumes.copy')
    const { id } = await world.crew.start(backUpDatabase, { database: filling })
    await copying.reached
    const { files } = [...world.engine.volumes.values()].find(({ owner, files: held }) => owner.id === filling && held.size > 0)!
    files.set('data/wal', 'x'.repeat(95 * 1024 ** 2))
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringMatching(/^The volume of filling would be full before the backup is done: \d MB of \d\d MB are left/) })
    expect(await world.rows(filling)).toEqual(['kept'])
    files.delete('data/wal')
    await world.crew.carryOut(backUpDatabase, { database: filling })
  })

  test('a backup during which its place would be full, where sizes are advice', async () => {
    const filling = await world.makeDatabase('advised')
    world.engine.sized = false
    const place = world.engine.places.get('memory')!
    const { totalMb } = place
    const copying = world.engine.hold('volumes.copy')
    const { id } = await world.crew.start(backUpDatabase, { database: filling })
    await copying.reached
    const taken = [...world.engine.volumes.values()].filter((volume) => volume.place === 'memory').reduce((sum, { sizeMb }) => sum + sizeMb, 0)
    place.totalMb = taken + 1
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringMatching(/^The place memory would be full before the backup is done: 1 MB of \d+ MB are left/) })
    place.totalMb = totalMb
    world.engine.sized = true
    await world.crew.carryOut(backUpDatabase, { database: filling })
  })

  test.each<[string, Definition, () => object]>([
    ['a database', provisionDatabase, () => ({ ...wanted('homeless'), place: 'elsewhere' })],
    ['a backup', backUpDatabase, () => ({ database, place: 'elsewhere' })],
    ['a final backup', deprovisionDatabase, () => ({ database, confirm: 'steady', finalBackup: true })],
  ])('%s on a full disk, with the numbers', async (_what, definition, inputFor) => {
    const before = await world.look()
    for (const place of world.engine.places.values()) place.totalMb = 50
    const { id } = await world.crew.start(definition, inputFor())
    const row = await ended(id)
    for (const place of world.engine.places.values()) place.totalMb = 1_000_000
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(row.error).toMatch(/100 MB are needed at \w+, where -?\d+ MB are free/)
    expect((await logOf(id)).join('\n')).not.toContain('stop')
    expect(await world.look()).toEqual(before)
  })

  test.each([
    ['a place that is not there', { place: 'nowhere' }, 'There is no place nowhere; there are memory, elsewhere.'],
    ['memory that is not there', { memoryMb: 1_000_000 }, '1 container needs 1000000 MB, and'],
  ])('a restart to %s', async (_what, change, words) => {
    const changes = world.engine.changes.length
    const { id } = await world.crew.start(restartDatabase, { database, ...change })
    const row = await ended(id)
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(row.error).toContain(words)
    expect(world.engine.changes.slice(changes)).toEqual([])
  })

  test('a move to a place that is full, with the numbers', async () => {
    world.engine.places.get('elsewhere')!.totalMb = 50
    const { id } = await world.crew.start(restartDatabase, { database, place: 'elsewhere' })
    const row = await ended(id)
    world.engine.places.get('elsewhere')!.totalMb = 1_000_000
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', failedStep: 'make a volume at the new place' })
    expect(row.error).toMatch(/100 MB are needed at elsewhere, where -?\d+ MB are free/)
    expect(await world.rows(database)).toEqual(['kept'])
  })

  test('a size below what is used, and one for which there is no room', async () => {
    await world.write(database, 'x'.repeat(20 * 1024 ** 2))
    const errors = []
    for (const volumeMb of [15, 2_000_000]) errors.push((await ended((await world.crew.start(resizeDatabase, { database, volumeMb })).id)).error)
    expect(errors).toEqual([expect.stringMatching(/^It holds 21 MB, which is more than 15 MB\.$/), expect.stringMatching(/^1999900 MB more are needed at memory, where \d+ MB are free\.$/)])
  })

  test('to deprovision it without its handle, and an environment it is in', async () => {
    const environment = await resourceOf(await world.crew.carryOut(provisionEnvironment, { stack: world.stack, handle: 'with-data' }))
    await world.crew.carryOut(provisionDatabase, { ...wanted('precious'), environment })
    expect(await wordsOf(world.crew.start(deprovisionEnvironment, { environment, confirm: 'with-data' }))).toBe('It is not empty: deprovision precious first.')
    expect(await wordsOf(world.crew.start(deprovisionDatabase, { database, confirm: 'stady' }))).toBe('Type steady to confirm.')
    const app = await world.makeApp('reader')
    await world.crew.carryOut(linkDatabase, { app, database })
    expect(await wordsOf(world.crew.start(deprovisionDatabase, { database, confirm: '' }))).toBe('reader is linked to it as LEDGER_URL and will find nothing there. Type steady to confirm.')
  })
})
