import { and, desc, eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { events } from '#drizzle/schema/activity.ts'
import { containers } from '#drizzle/schema/container.ts'
import { credentialsOf } from '../database/container.ts'
import { db } from '../db/client.ts'
import { configure } from '../operations/configure.ts'
import { deploy } from '../operations/deploy.ts'
import { inWorld, World } from '../operations/world.ts'
import { Refusal } from '../refusal.ts'
import { ended, tester } from '../runner/rehearsal.ts'
import { listSickServices } from '../service/sick.ts'
import { createSweep } from './sweep.ts'

let world: World
inWorld((opened) => (world = opened))

test('starts a container again that died, with back-off, and says so once for each time', async () => {
  const app = await world.makeServedApp()
  const before = await world.table()
  const { name } = world.runningOf(app)[0]!
  const restarts = async () => (await db.select().from(containers).where(eq(containers.name, name)))[0]!
  world.engine.end(name, 3)
  await world.sweep()
  expect(world.engine.containers.get(name)?.running).toBe(true)
  expect(await restarts()).toMatchObject({ restarts: 1, restartsInARow: 1 })
  const told = await db.select().from(events).where(eq(events.appId, app)).orderBy(desc(events.id))
  expect(told).toMatchObject([{ kind: 'container started again', detail: expect.stringContaining(`(${name}), restart 1: it had ended with exit code 3`) }])
  world.engine.end(name, 3)
  await db.update(containers).set({ nextStartAt: new Date(Date.now() + 60_000) }).where(eq(containers.name, name))
  await world.sweep()
  expect(world.engine.containers.get(name)?.running).toBe(false)
  await db.update(containers).set({ nextStartAt: new Date(0) }).where(eq(containers.name, name))
  await world.sweep()
  expect(await restarts()).toMatchObject({ restarts: 2, restartsInARow: 2 })
  expect(await world.table()).toEqual(before)
  await world.beSound()
})

test('says of a container that it was started again also when the runner dies before it could record that', async () => {
  const app = await world.makeServedApp()
  const before = await world.table()
  const { name } = world.runningOf(app)[0]!
  await db.update(containers).set({ nextStartAt: null }).where(eq(containers.name, name))
  world.engine.end(name, 3)
  world.engine.fail('start', new Error('the runner is dead'), { of: name, moment: 'after' })
  await expect(world.sweep()).rejects.toThrow('the runner is dead')
  expect(world.engine.containers.get(name)?.running).toBe(true)
  for (let n = 0; n < 2; n++) await world.sweep()
  const [row] = await db.select().from(containers).where(eq(containers.name, name))
  expect(row).toMatchObject({ restarts: 1, restartsInARow: 1, seen: 'running' })
  const told = await db.select({ detail: events.detail }).from(events).where(eq(events.appId, app))
  expect(told).toEqual([{ detail: expect.stringContaining(`(${name}), restart 1: it had ended with exit code 3`) }])
  expect(await world.table()).toEqual(before)
  await world.beSound()
})

test('starts everything again after a reboot, and tells the router where it is', async () => {
  await world.makeServedApp()
  await db.update(containers).set({ nextStartAt: null })
  world.engine.containers.clear()
  await world.sweep()
  await world.beSound()
})

// The second is longer than a transaction may be idle.
test.each([100, 9000])('goes on where starting again takes too long (%i ms), and starts with its next look what it did not come to', async (startsMs) => {
  await world.makeServedApp()
  const before = world.running().length
  await db.update(containers).set({ nextStartAt: null })
  world.engine.containers.clear()
  const stuck = world.engine.hold('start')
  const told: string[] = []
  const sweep = createSweep((line) => told.push(line), { everyMs: 0, startsMs })
  await sweep(() => Promise.resolve())
  await sweep.end()
  expect(told).toEqual(Array(before).fill(expect.stringMatching(/^could not start \S+ again: those of its stack take longer than [\d.]+ s$/)))
  stuck.open()
  await world.sweep()
  expect(world.running()).toHaveLength(before)
  await world.beSound()
})

const rowOf = async (name: string) => (await db.select().from(containers).where(eq(containers.name, name)))[0]!
const makeDue = (name: string) => db.update(containers).set({ nextStartAt: null }).where(eq(containers.name, name))

/** A worker of a served app that has died, and whose next start is due. */
async function makeDead() {
  const app = await world.makeServedApp()
  const [{ name }] = (await db.select({ name: containers.name }).from(containers).where(and(eq(containers.ownerId, app), eq(containers.service, 'worker'), eq(containers.phase, 'wanted')))) as [{ name: string }]
  world.engine.end(name, 3)
  return { app, name }
}

const eventsOf = (app: number) => db.select({ detail: events.detail }).from(events).where(and(eq(events.appId, app), eq(events.kind, 'container started again')))

describe('a start that is refused', () => {
  const refusal = (words: string) => new Refusal('not_found', words)

  test('is tried again with back-off, and its reason is told until it has come about', async () => {
    const { app, name } = await makeDead()
    for (const times of [1, 2]) {
      world.engine.fail('start', refusal(`no ${times}`), { of: name })
      await world.sweep()
      expect(world.notes.at(-1)).toBe(`could not start ${name} again: no ${times}`)
      const row = await rowOf(name)
      expect(row).toMatchObject({ seen: 'ended', seenExitCode: 3, startRefusal: `no ${times}`, restarts: 0, restartsInARow: times })
      expect(row.nextStartAt!.getTime()).toBeGreaterThan(row.startingAt!.getTime())
      await db.update(containers).set({ nextStartAt: new Date(Date.now() + 60_000) }).where(eq(containers.name, name))
      await world.sweep()
      expect(await rowOf(name)).toMatchObject({ startRefusal: `no ${times}`, restartsInARow: times })
      await makeDue(name)
    }
    await world.sweep()
    expect(await rowOf(name)).toMatchObject({ seen: 'running', seenExitCode: null, startingAt: null, startRefusal: null, restarts: 1, restartsInARow: 2 })
    expect(await eventsOf(app)).toEqual([{ detail: expect.stringContaining(`(${name}), restart 1: it had ended with exit code 3`) }])
    await world.beSound()
  })

  test('says what is true of the container meanwhile', async () => {
    const { name } = await makeDead()
    world.engine.fail('start', refusal('no'), { of: name })
    await world.sweep()
    await db.update(containers).set({ nextStartAt: new Date(Date.now() + 60_000) }).where(eq(containers.name, name))
    world.engine.containers.delete(name)
    await world.sweep()
    expect(await rowOf(name)).toMatchObject({ seen: 'gone', seenExitCode: null, startRefusal: 'no' })
    await makeDue(name)
    await world.sweep()
    await world.beSound()
  })

  test('and has come about all the same is recorded at the next look', async () => {
    const { app, name } = await makeDead()
    world.engine.fail('start', refusal('the engine went away'), { of: name, moment: 'after' })
    await world.sweep()
    expect(await rowOf(name)).toMatchObject({ seen: 'ended', startRefusal: 'the engine went away' })
    await world.sweep()
    expect(await rowOf(name)).toMatchObject({ seen: 'running', startingAt: null, startRefusal: null, restarts: 1 })
    expect(await eventsOf(app)).toHaveLength(1)
    await world.beSound()
  })

  test('shows no secret of its app or database, on no page and in no output', async () => {
    const app = await world.makeServedApp()
    await world.crew.carryOut(configure, { app, set: { TOKEN: { value: 'very-secret-token' }, PLACE: { value: 'plain-to-see', secret: false } } })
    const database = await world.makeDatabase()
    const password = Object.values(credentialsOf(await world.database(database))).find((value) => value.length >= 8)!
    const [{ name: web }, { name: books }] = [world.runningOf(app)[0]!, world.runningOf(database)[0]!]
    for (const [name, words] of [[web, 'very-secret-token is not plain-to-see\0'], [books, `${password} is wrong`]] as const) {
      world.engine.end(name, 1)
      world.engine.fail('start', refusal(words), { of: name })
    }
    await world.sweep()
    expect(await rowOf(web)).toMatchObject({ startRefusal: '[secret] is not plain-to-see\uFFFD' })
    expect(await rowOf(books)).toMatchObject({ startRefusal: '[secret] is wrong' })
    expect(world.notes.join('\n')).not.toMatch(new RegExp(`very-secret-token|${password}`))
    await Promise.all([makeDue(web), makeDue(books)])
    await world.sweep()
    await world.beSound()
  })

  test('is none where the whole engine is away: what runs there is started as soon as it is back', async () => {
    const { name } = await makeDead()
    world.engine.fail('list', new Refusal('unavailable', 'the engine is away'))
    await world.sweep()
    expect(await rowOf(name)).toMatchObject({ startRefusal: null, startingAt: null, nextStartAt: null })
    await world.sweep()
    await world.beSound()
  })

  test('is over once an operation has started the container itself', async () => {
    const { app, name } = await makeDead()
    world.engine.fail('start', refusal('no'), { of: name })
    await world.sweep()
    world.crew.hook = ({ direction, step, point }) => {
      if (direction === 'run' && deploy.steps[step]?.name === 'wait until they stay up' && point === 'opened') throw new Refusal('conflict', 'the test says so')
    }
    const { id } = await world.crew.start(deploy, { app })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(world.engine.containers.get(name)?.running).toBe(true)
    expect(await rowOf(name)).toMatchObject({ phase: 'wanted', startingAt: null, startRefusal: null, restarts: 0 })
    await world.sweep()
    expect(await eventsOf(app)).toEqual([])
    await world.beSound()
  })

  test('stands on the home page with its service, for those who may see it', async () => {
    const { app, name } = await makeDead()
    const mine = async (actor = tester) => (await listSickServices(actor)).filter((one) => one.app.id === app)
    world.engine.fail('start', refusal('no'), { of: name })
    await world.sweep()
    const ahead = new Date(Date.now() + 600_000)
    await db.update(containers).set({ nextStartAt: ahead }).where(eq(containers.name, name))
    expect(await mine()).toMatchObject([{ service: 'worker', container: { seen: 'ended', seenExitCode: 3, startRefusal: 'no', nextStartAt: ahead.toISOString() } }])
    expect(await mine({ ...tester, kind: 'user', owner: false, scopes: { 999: ['admin'] } })).toEqual([])
    await db.update(containers).set({ nextStartAt: new Date() }).where(eq(containers.name, name))
    expect(await mine()).toMatchObject([{ container: { startRefusal: 'no', nextStartAt: null } }])
    await world.sweep()
    expect(await mine()).toEqual([])
  })
})
