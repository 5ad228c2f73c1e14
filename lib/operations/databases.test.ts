import { beforeAll, describe, expect, test } from 'vitest'
import { downtimes } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { eq } from 'drizzle-orm'
import { lookUpConfiguration } from '../app/queries.ts'
import { db } from '../db/client.ts'
import { listLinkedApps } from '../database/linked-apps.ts'
import { listDowntimes } from '../database/queries.ts'
import { Refusal } from '../refusal.ts'
import { requestCancel } from '../runner/cancel.ts'
import { ended, findOperation, gate, inStatus, logOf, tester } from '../runner/rehearsal.ts'
import { backUpDatabase } from './back-up-database.ts'
import { configure } from './configure.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { linkDatabase } from './link-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { retryRollback } from './retry-rollback.ts'
import { rollback } from './rollback.ts'
import { inWorld, resourceOf, type World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))
beforeAll(() => world.crew.hire())

/** Holds a step of the first operation that comes there, until the gate is opened. */
function hold(step = 0) {
  const held = gate()
  let first = 0
  world.crew.hook = async (moment) => {
    if (moment.step === step && moment.point === 'opened' && moment.direction === 'run' && (first ||= moment.operationId) === moment.operationId) await held.pass()
  }
  return held
}

type Started = { id: number }

/** How both end: the second is asked for while a step of the first is held, and waits until the first is over. */
async function oneAfterTheOther(first: () => Promise<Started>, second: () => Promise<Started>, step = 0) {
  const held = hold(step)
  const one = await first()
  await held.reached
  const other = await second()
  expect(await inStatus(other.id, 'queued')).toBeTruthy()
  held.open()
  return [await ended(one.id), await ended(other.id)] as const
}

const indexOf = (step: string) => restartDatabase.steps.findIndex(({ name }) => name === step)
const lastBackup = async () => (await world.look()).backups.at(-1)!
const wordsOf = (promise: Promise<unknown>) => promise.then(() => 'done', (error: Error) => error.message)
const succeeded = { status: 'succeeded' }
const budgetOf = async (id: number) => Number(/planned were (\d+) ms/.exec((await logOf(id)).join('\n'))![1])

describe('at the same moment', () => {
  test('a link that comes first is not cut off by whoever did not know of it, and is told of', async () => {
    const [app, database] = [await world.makeApp('early'), await world.makeDatabase('going')]
    const deprovision = (linked: number[]) => world.crew.start(deprovisionDatabase, { database, confirm: 'going', linked, finalBackup: false })
    const both = await oneAfterTheOther(
      () => world.crew.start(linkDatabase, { app, database, variable: 'BOOKS' }),
      () => deprovision([]),
    )
    const unexpected = 'early is linked to it as BOOKS and will find nothing there. That was not confirmed: look at the database again.'
    expect(both).toMatchObject([succeeded, { status: 'failed', rollback: 'complete', error: unexpected }])
    expect(await wordsOf(deprovision([]))).toBe(unexpected)
    const { id } = await deprovision([app])
    expect(await ended(id)).toMatchObject(succeeded)
    expect(await logOf(id)).toContain('early is linked to it as BOOKS and will find nothing there.')
    expect(await lookUpConfiguration(tester, app)).toMatchObject({ links: [{ variable: 'BOOKS', database: { id: database, handle: 'going', deprovisionedAt: expect.any(Date) } }] })
  })

  test('a link that comes second finds no database', async () => {
    const [app, database] = [await world.makeApp('late'), await world.makeDatabase('gone')]
    const both = await oneAfterTheOther(
      () => world.crew.start(deprovisionDatabase, { database, confirm: 'gone', finalBackup: false }),
      () => world.crew.start(linkDatabase, { app, database }),
    )
    expect(both).toMatchObject([succeeded, { status: 'failed', rollback: 'complete', error: 'gone has been deprovisioned.' }])
  })

  test('a backup that is restored first is purged after it', async () => {
    const database = await world.makeDatabase('twice')
    await world.write(database, 'kept')
    await world.crew.carryOut(backUpDatabase, { database })
    const { id: backup, volume } = await lastBackup()
    const both = await oneAfterTheOther(
      () => world.crew.start(restoreBackup, { backup, handle: 'restored-first' }),
      () => world.crew.start(purgeBackup, { backup, confirm: 'twice' }),
    )
    expect(both).toMatchObject([succeeded, succeeded])
    expect(await world.rows(await resourceOf(both[0].id))).toEqual(['kept'])
    expect(world.engine.volumes.has(volume)).toBe(false)
  })

  test('a backup that is purged first is not restored', async () => {
    const database = await world.makeDatabase('once')
    await world.crew.carryOut(backUpDatabase, { database })
    const { id: backup } = await lastBackup()
    const both = await oneAfterTheOther(
      () => world.crew.start(purgeBackup, { backup, confirm: 'once' }),
      () => world.crew.start(restoreBackup, { backup, handle: 'too-late' }),
    )
    expect(both).toMatchObject([succeeded, { status: 'failed', rollback: 'complete', error: 'This backup of once has been purged.' }])
    expect(await wordsOf(world.crew.start(restoreBackup, { backup, handle: 'later-still' }))).toBe('This backup of once has been purged.')
  })

  test('a restart that comes after the end of its database finds none', async () => {
    const database = await world.makeDatabase('ending')
    const held = hold()
    const gone = await world.crew.start(deprovisionDatabase, { database, confirm: 'ending', finalBackup: true })
    await held.reached
    const restarted = await world.crew.start(restartDatabase, { database })
    expect(await inStatus(restarted.id, 'queued')).toBeTruthy()
    held.open()
    expect(await ended(gone.id)).toMatchObject({ status: 'succeeded' })
    expect(await ended(restarted.id)).toMatchObject({ status: 'failed', rollback: 'complete', error: 'ending has been deprovisioned.' })
  })

  test('two restarts are carried out one after the other', async () => {
    const database = await world.makeDatabase('patient')
    const both = await oneAfterTheOther(
      () => world.crew.start(restartDatabase, { database, memoryMb: 32 }),
      () => world.crew.start(restartDatabase, { database, place: 'elsewhere' }),
      5,
    )
    expect(both).toMatchObject([succeeded, succeeded])
    expect(await world.database(database)).toMatchObject({ memoryMb: 32, place: 'elsewhere' })
  })
})

test('a database is restarted as it is, also where no memory is free beside it', async () => {
  const database = await world.makeDatabase('frugal')
  await world.write(database, 'kept')
  const before = world.engine.freeMemoryMb
  world.engine.freeMemoryMb = 0
  const { id } = await world.crew.start(restartDatabase, { database })
  const row = await ended(id)
  world.engine.freeMemoryMb = before
  expect(row).toMatchObject(succeeded)
  expect(await world.rows(database)).toEqual(['kept'])
})

test.each([{}, { place: 'elsewhere' }])('a database is restarted with what is free and what its old container had, and with no more (%j)', async (where) => {
  const database = await world.makeDatabase(`growing-${Object.keys(where).length}`)
  const before = world.engine.freeMemoryMb
  world.engine.freeMemoryMb = 10
  const tooMuch = await world.crew.start(restartDatabase, { database, ...where, memoryMb: 75 })
  const fits = await world.crew.start(restartDatabase, { database, ...where, memoryMb: 74 })
  const rows = [await ended(tooMuch.id), await ended(fits.id)]
  world.engine.freeMemoryMb = before
  const words = '1 container needs 75 MB, and this machine has 10 MB free beside what runs now; the old one, which stops first, counts for 64 MB more.'
  expect(rows).toMatchObject([{ status: 'failed', rollback: 'complete', failedStep: 'look at what there is', error: words }, succeeded])
  expect(await world.database(database)).toMatchObject({ memoryMb: 74 })
})

test('a move that is cancelled between detach and attach ends with the old container on the old volume', async () => {
  const database = await world.makeDatabase('turned-back')
  await world.write(database, 'kept')
  const before = await world.look()
  const held = hold(indexOf('attach the new volume'))
  const { id } = await world.crew.start(restartDatabase, { database, place: 'elsewhere', memoryMb: 128 })
  await held.reached
  expect(world.engine.volumes.get((await world.database(database)).volume)!.attached).toBe(false)
  await requestCancel(tester, id, () => 'operate')
  held.open()
  const row = await ended(id)
  expect(row).toMatchObject({ status: 'cancelled', rollback: 'complete' })
  expect(row.downtimeMs).toBeGreaterThan(0)
  expect(await world.look()).toEqual(before)
  expect(await world.rows(database)).toEqual(['kept'])
  expect((await logOf(id)).join('\n')).toContain('Undone: start the old container again, on the old volume')
})

test.each([
  { what: 'smaller', volumeMb: 80, serving: true },
  { what: 'smaller', volumeMb: 80, serving: false },
  { what: 'larger', volumeMb: 120, serving: false },
])('a volume that was made $what, and could not be given its former size, is given it later (an engine that grows one in use: $serving)', async ({ volumeMb, serving }) => {
  const database = await world.makeDatabase(`resized-${volumeMb}-${serving}`)
  await world.write(database, 'kept')
  const before = await world.look()
  world.engine.growsWhileUsed = serving
  world.crew.hook = ({ step, direction, point }) => {
    if (step === 4 && direction === 'run' && point === 'ran') throw new Refusal('conflict', 'the test says so')
    if (step === 3 && direction === 'compensate' && point === 'before volumes.resize') throw new Refusal('conflict', 'there is no room')
  }
  const row = await ended((await world.crew.start(resizeDatabase, { database, volumeMb })).id)
  world.crew.hook = () => {}
  expect(row).toMatchObject({ rollback: 'incomplete', leftovers: ['give the volume its former size: there is no room'] })
  expect(await world.rows(database)).toEqual(['kept'])
  await world.crew.carryOut(retryRollback, { operation: row.id })
  world.engine.growsWhileUsed = true
  expect(await world.look()).toEqual(before)
  expect(await world.rows(database)).toEqual(['kept'])
})

test('clients are let in at the new place only when there is no way back', async () => {
  const database = await world.makeDatabase('guarded')
  const held = hold(indexOf('hand over to the new container'))
  const { id } = await world.crew.start(restartDatabase, { database, place: 'elsewhere' })
  await held.reached
  const [keeper] = [...world.engine.containers.values()].filter((one) => one.running && one.state().owner === database)
  expect(world.engine.volumes.get(keeper!.volume!)!.files.get('data/door')).toBe('closed')
  held.open()
  expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  await world.write(database, 'welcome')
  expect(await world.rows(database)).toEqual(['welcome'])
})

test('clients that wait for a dead runner to let them in are felt, and never planned for', async () => {
  const database = await world.makeDatabase('waited-for')
  const handOver = restartDatabase.steps.findIndex(({ name }) => name === 'hand over to the new container')
  let waitedMs = 0
  world.crew.hook = async ({ member, operationId, step, point }) => {
    if (waitedMs > 0 || step !== handOver || point !== 'before volumes.write') return
    const [felt] = await db.select().from(downtimes).where(eq(downtimes.operationId, operationId))
    await member.kill()
    waitedMs = Date.now() - felt!.answeredAt.getTime()
    await world.crew.hire()
  }
  const row = await ended((await world.crew.start(restartDatabase, { database, place: 'elsewhere' })).id)
  expect(row).toMatchObject({ status: 'succeeded' })
  expect(waitedMs).toBeGreaterThan(0)
  expect(row.downtimeMs).toBeGreaterThanOrEqual(waitedMs)
  expect(await budgetOf(await world.crew.carryOut(restartDatabase, { database, place: 'memory' }))).toBe(3000)
})

test.each([
  { died: 'before it started the new container', step: 'start the new container', point: 'before start' },
  { died: 'before it wrote that the new one answers', step: 'hand over to the new container', point: 'ran' },
])('a silence of which a runner saw only a part is told as the most it can have been (it died $died)', async ({ step, point }) => {
  const database = await world.makeDatabase(`seen-in-part-${point.replace(' ', '-')}`)
  let dead = false
  world.crew.hook = async (moment) => {
    // By now the dead one can write nothing any more.
    if (dead && moment.point === 'taken over') {
      const lastAnswer = { longestMs: 0, answeredAt: new Date(Date.now() - 60_000) }
      return void (await db.update(downtimes).set(lastAnswer).where(eq(downtimes.operationId, moment.operationId)))
    }
    if (dead || moment.step !== indexOf(step) || moment.direction !== 'run' || moment.point !== point) return
    dead = true
    await moment.member.kill()
    await world.crew.hire()
  }
  const row = await ended((await world.crew.start(restartDatabase, { database })).id)
  world.crew.hook = () => {}
  expect(row).toMatchObject(succeeded)
  expect(row.downtimeMs).toBeGreaterThanOrEqual(60_000)
  expect((await logOf(row.id)).join('\n')).toContain(`The longest time between two answers was at most ${row.downtimeMs} ms, for a part of which no runner was there to ask; planned were 3000 ms.`)
  expect((await listDowntimes(tester, database))[0]).toMatchObject({ downtimeMs: row.downtimeMs, atMost: true })
})

test('clients that wait until the move of a dead runner is undone are felt', async () => {
  const database = await world.makeDatabase('taken-back')
  const stepOf = (wanted: string) => restartDatabase.steps.findIndex(({ name }) => name === wanted)
  const [start, answers, attach] = [stepOf('start the new container'), stepOf('wait until it answers'), stepOf('attach the new volume')]
  const at = { lastAnswer: 0, detach: 0 }
  world.crew.hook = async ({ member, operationId, step, direction, point }) => {
    if (direction === 'run' && step === answers && point === 'ran') throw new Refusal('conflict', 'the test says so')
    if (direction !== 'compensate') return
    if (step === start && point === 'opened' && at.lastAnswer === 0) {
      const [felt] = await db.select().from(downtimes).where(eq(downtimes.operationId, operationId))
      at.lastAnswer = felt!.answeredAt.getTime()
      await member.kill()
      await world.crew.hire()
    }
    if (step === attach && point === 'before volumes.detach') at.detach = Date.now()
  }
  const row = await ended((await world.crew.start(restartDatabase, { database, place: 'elsewhere' })).id)
  world.crew.hook = () => {}
  expect(row).toMatchObject({ status: 'failed', rollback: 'complete' })
  expect(at.lastAnswer).toBeGreaterThan(0)
  expect(row.downtimeMs).toBeGreaterThanOrEqual(at.detach - at.lastAnswer)
})

test('a dead database is started again, after its volume was attached', async () => {
  const database = await world.makeDatabase('rebooted')
  await world.write(database, 'kept')
  const { volume } = await world.database(database)
  for (const { name } of world.runningOf(database)) world.engine.end(name, 137)
  world.engine.volumes.get(volume)!.attached = false
  await world.sweep()
  expect(await world.rows(database)).toEqual(['kept'])
})

test('a volume of nobody is listed once, and left', async () => {
  world.engine.volumes.set('lost', { name: 'lost', owner: { id: 1, handle: 'x' }, place: 'memory', sizeMb: 7, fence: 0, whole: true, attached: false, files: new Map([['a', 'b']]) })
  await world.sweep()
  await world.sweep()
  expect(world.notes.filter((line) => line.includes('lost'))).toEqual(['volume lost of 7 MB at memory belongs to nothing; it is left as it is'])
  expect(world.engine.volumes.delete('lost')).toBe(true)
})

describe('a link', () => {
  test('goes with its variable, however that is set or unset, and comes back with a rollback', async () => {
    const [app, database] = [await world.makeServedApp('linked'), await world.makeDatabase('source')]
    const linked = await world.crew.carryOut(linkDatabase, { app, database })
    const url = world.runningOf(app)[0]!.variables.LEDGER_URL
    const byHand = await world.crew.carryOut(configure, { app, set: { LEDGER_URL: { value: 'mine' } } })
    expect(await listLinkedApps(database)).toEqual([])
    await world.crew.carryOut(rollback, { operation: byHand })
    expect(await listLinkedApps(database)).toMatchObject([{ handle: 'linked', variable: 'LEDGER_URL' }])
    expect(world.runningOf(app)[0]!.variables.LEDGER_URL).toBe(url)
    await world.crew.carryOut(rollback, { operation: linked })
    expect(await listLinkedApps(database)).toEqual([])
    expect(world.runningOf(app)[0]!.variables.LEDGER_URL).toBeUndefined()
  })

  test('its password is in no log and in no recorded input', async () => {
    const [app, database] = [await world.makeServedApp('quiet'), await world.makeDatabase('secretive')]
    const id = await world.crew.carryOut(linkDatabase, { app, database })
    const [, password] = /book:([^@]+)@/.exec(world.runningOf(app)[0]!.variables.LEDGER_URL!)!
    const rows = await db.select().from(operations).where(eq(operations.environmentId, world.environment))
    expect(JSON.stringify(rows)).not.toContain(password)
    expect((await logOf(id)).join('\n')).not.toContain(password)
  })
})

test('what clients felt is told once, of the whole, also when the last step is tried again', async () => {
  const database = await world.makeDatabase('tried-again')
  const last = restartDatabase.steps.length - 1
  let failures = 2
  world.crew.hook = ({ step, direction, point }) => {
    if (step === last && direction === 'run' && point === 'ran' && failures-- > 0) throw new Refusal('conflict', 'the test says so')
  }
  const row = await ended((await world.crew.start(restartDatabase, { database })).id)
  world.crew.hook = () => {}
  expect(row).toMatchObject({ ...succeeded, leftovers: [] })
  expect((await logOf(row.id)).filter((line) => line.includes('between two answers'))).toEqual([`The longest time between two answers was ${row.downtimeMs} ms; planned were 3000 ms.`])
})

test('the next budget is what the last ones took', async () => {
  const database = await world.makeDatabase('measured')
  const first = await world.crew.carryOut(restartDatabase, { database })
  expect(await budgetOf(first)).toBe(3000)
  const second = await world.crew.carryOut(restartDatabase, { database })
  expect(await budgetOf(second)).toBe((await findOperation(first)).downtimeMs)
  expect(await budgetOf(await world.crew.carryOut(restartDatabase, { database, place: 'elsewhere' }))).toBe(3000)
})

test('a backup during which its database was started again is no plan for the next', async () => {
  const database = await world.makeDatabase('died-meanwhile')
  const held = hold(1)
  const { id } = await world.crew.start(backUpDatabase, { database })
  await held.reached
  for (const { name } of world.runningOf(database)) world.engine.end(name, 137)
  await world.sweep()
  held.open()
  expect(await ended(id)).toMatchObject(succeeded)
  expect(await budgetOf(await world.crew.carryOut(backUpDatabase, { database }))).toBe(250)
})

test('a downtime of which a part was not seen is no plan for the next, whoever took over', async () => {
  const database = await world.makeDatabase('unseen')
  const first = await world.crew.carryOut(backUpDatabase, { database })
  await db.update(downtimes).set({ atMost: true }).where(eq(downtimes.operationId, first))
  expect(await budgetOf(await world.crew.carryOut(backUpDatabase, { database }))).toBe(250)
})
