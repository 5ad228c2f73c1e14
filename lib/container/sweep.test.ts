import { desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { events } from '#drizzle/schema/activity.ts'
import { containers } from '#drizzle/schema/container.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { offerDriver } from '../drivers/index.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld } from '../drivers/memory/world.ts'
import { recordIo } from '../drivers/contract/world.ts'
import { deploy } from '../operations/deploy.ts'
import { provisionStack } from '../operations/provision-stack.ts'
import { World } from '../operations/world.ts'
import { Refusal } from '../refusal.ts'
import { ended } from '../runner/rehearsal.ts'
import { createSweep } from './sweep.ts'

let world: World
beforeAll(async () => {
  world = await World.open()
})
beforeEach(() => {
  world.crew.hook = () => {}
})
afterAll(async () => {
  await world.crew.dismiss()
  await world.close()
})

const isOwner = () => Promise.resolve()

/** A container of ours, of an operation that is over, and of no release. */
async function strand(app: number, name: string) {
  const [image] = world.engine.images.keys()
  await createMemoryDriver(world.engine).start(
    { name, owner: { id: app, handle: 'any' }, image: image!, place: 'memory', command: 'serve', variables: {}, port: false, fence: 1 },
    recordIo(),
  )
}

describe('the sweep', () => {
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

  test('starts everything again after a reboot, and tells the router where it is', async () => {
    await world.makeServedApp()
    await db.update(containers).set({ nextStartAt: null })
    world.engine.containers.clear()
    await world.sweep()
    await world.beSound()
  })

  test('removes what belongs to nothing once the grace is over', async () => {
    const app = await world.makeServedApp()
    await strand(app, 'davit-x-99999999-0-0')
    const patient = createSweep(() => {}, { everyMs: 0, graceMs: 600_000 })
    for (let n = 0; n < 2; n++) await patient(isOwner)
    expect(world.runningOf(app)).toHaveLength(3)
    await world.sweep()
    expect(world.runningOf(app)).toHaveLength(2)
    expect(world.notes.at(-1)).toBe('removed davit-x-99999999-0-0, which belonged to nothing')
  })

  test('remembers what it has seen on one stack while it looks at another', async () => {
    const app = await world.makeServedApp()
    const withdraw = offerDriver('elsewhere', () => createMemoryDriver(createMemoryWorld()))
    await world.crew.carryOut(provisionStack, { handle: 'elsewhere', driver: 'elsewhere' })
    await strand(app, 'davit-x-99999998-0-0')
    const sweep = createSweep(() => {}, { everyMs: 0, graceMs: 1 })
    for (let n = 0; n < 3; n++) await sweep(isOwner)
    withdraw()
    await db.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.handle, 'elsewhere'))
    expect(world.runningOf(app)).toHaveLength(2)
  })

  test('touches nothing of an operation that is under way', async () => {
    const app = await world.makeServedApp()
    const gate = world.engine.hold('start', { moment: 'after' })
    const { id } = await world.crew.start(deploy, { app })
    const name = await gate.reached
    await world.sweep()
    expect(world.engine.containers.get(name)?.running).toBe(true)
    gate.open()
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  })

  test('leaves an engine that does not answer for later', async () => {
    await world.makeServedApp()
    world.engine.fail('list', new Refusal('unavailable', 'the engine is away'))
    await world.sweep()
    expect(world.notes.at(-1)).toContain('the engine is away')
  })
})
