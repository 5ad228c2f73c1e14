import { desc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { events } from '#drizzle/schema/activity.ts'
import { containers } from '#drizzle/schema/container.ts'
import { db } from '../db/client.ts'
import { inWorld, World } from '../operations/world.ts'
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
