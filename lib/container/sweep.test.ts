import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { installation } from '#drizzle/schema/installation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db, sql } from '../db/client.ts'
import { isOutage } from '../db/outage.ts'
import { offerDriver } from '../drivers/index.ts'
import { ImageInUse } from '../drivers/driver.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { programOf } from '../drivers/memory/programs.ts'
import { createMemoryWorld } from '../drivers/memory/world.ts'
import { recordIo } from '../drivers/contract/world.ts'
import { deploy } from '../operations/deploy.ts'
import { deprovisionApp } from '../operations/deprovision-app.ts'
import { provisionStack } from '../operations/provision-stack.ts'
import { retryRollback } from '../operations/retry-rollback.ts'
import { inWorld, repository, World } from '../operations/world.ts'
import { Refusal } from '../refusal.ts'
import { ended, findOperation, gate, logOf, until } from '../runner/rehearsal.ts'
import { createSweep } from './sweep.ts'

let world: World
inWorld((opened) => (world = opened))

const isOwner = () => Promise.resolve()

/** A container of ours, of an operation that is over, and of no release. */
async function strand(app: number, name: string, fence = 1) {
  const [image] = world.engine.images.keys()
  await createMemoryDriver(world.engine).start(
    { name, owner: { id: app, handle: 'any' }, environment: 1, image: image!, place: 'memory', command: 'serve', variables: {}, port: false, fence },
    recordIo(),
  )
}

/** One that would wait longer than any test for what it is not sure of. */
async function sweepPatiently() {
  const sweep = createSweep((line) => world.notes.push(line), { everyMs: 0, graceMs: 600_000 })
  await sweep(isOwner)
  await sweep.end()
}

const stepOf = (name: string) => deploy.steps.findIndex((step) => step.name === name)
const START = stepOf('start the new containers beside the old')

/** Begins a deploy that fails once its containers run; `undoing` is asked before each of its compensations. */
async function failDeploy(app: number, undoing: (step: number) => Promise<void> | void = () => {}) {
  const started = Promise.withResolvers<number>()
  world.crew.hook = async ({ operationId, point, step, direction }) => {
    if (operationId !== (await started.promise)) return
    if (direction === 'run' && step === START && point === 'ran') throw new Refusal('conflict', 'the test says so')
    if (direction === 'compensate' && point === 'opened') await undoing(step)
  }
  const { id } = await world.crew.start(deploy, { app })
  started.resolve(id)
  return id
}

async function madeBy(operationId: number) {
  const rows = await db.select().from(containers).where(eq(containers.operationId, operationId)).orderBy(containers.name)
  const { fence } = await findOperation(operationId)
  return { names: rows.filter(({ service }) => service === 'web').map(({ name }) => name), fence }
}

async function strandImage(app: number, ref: string) {
  await createMemoryDriver(world.engine).pull(
    { name: 'davit-x-99999997-0-0', owner: { id: app, handle: 'any' }, sources: [{ url: repository, credential: null }], ref, buildCommand: null, version: null, variables: {}, fence: 1 },
    recordIo(),
  )
}

async function imagesOf(app: number): Promise<string[]> {
  const kept = await createMemoryDriver(world.engine).kept()
  return kept.find(({ owner }) => owner === app)?.images ?? []
}

describe('the sweep', () => {
  test('removes what belongs to nothing once the grace is over', async () => {
    const app = await world.makeServedApp()
    await strand(app, 'davit-x-99999999-0-0')
    const patient = createSweep(() => {}, { everyMs: 0, graceMs: 600_000 })
    for (let n = 0; n < 2; n++) await patient(isOwner)
    await patient.end()
    expect(world.runningOf(app)).toHaveLength(3)
    await world.sweep()
    expect(world.runningOf(app)).toHaveLength(2)
    expect(world.notes.at(-1)).toBe('removed davit-x-99999999-0-0, which belonged to nothing')
  })

  test('removes at once what came after its compensation, also while the rest is being undone', async () => {
    const app = await world.makeServedApp()
    const rest = gate()
    const id = await failDeploy(app, (step) => (step === stepOf('create the release') ? rest.pass() : undefined))
    await rest.reached
    const { names: [name], fence } = await madeBy(id)
    await strand(app, name!, fence - 1)
    await sweepPatiently()
    expect(world.engine.containers.has(name!)).toBe(false)
    expect(await findOperation(id)).toMatchObject({ status: 'rolling_back' })
    rest.open()
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    await world.beSound()
  })

  test('removes at once what came after its operation, also while the next is under way, and touches nothing of that', async () => {
    const app = await world.makeServedApp()
    const failed = await failDeploy(app)
    await ended(failed)
    const stopping = world.engine.hold('stop')
    const { id } = await world.crew.start(deploy, { app })
    const elder = await stopping.reached
    const { names: [late], fence } = await madeBy(failed)
    await strand(app, late!, fence)
    const running = world.runningOf(app).filter(({ name }) => name !== late)
    await sweepPatiently()
    expect(world.runningOf(app)).toEqual(running)
    expect(running.map(({ name }) => name)).toContain(elder)
    stopping.open()
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    // Made at a time that this db does not know.
    await strand(app, late!, fence + 1)
    await sweepPatiently()
    expect(world.engine.containers.has(late!)).toBe(true)
    await world.sweep()
    await world.beSound()
  })

  test('leaves to whoever took over what is being adopted, though its fence is lower and no row wants it', async () => {
    const app = await world.makeServedApp()
    const over = gate()
    const [former] = world.crew.members
    world.crew.hook = ({ member, point }) => (member !== former && point === 'taken over' ? over.pass() : undefined)
    world.engine.script('say quiet', ({ poked }) => poked.then(() => 0))
    const { id } = await world.crew.start(deploy, { app })
    const { name } = await until(async () => world.running().find(({ command }) => command === 'say quiet'))
    await former!.kill()
    await world.crew.hire()
    await over.reached
    const { fence: takenUnder } = await findOperation(id)
    await sweepPatiently()
    await world.sweep()
    expect(world.engine.containers.get(name)!.state()).toMatchObject({ running: true, fence: expect.toSatisfy((fence) => fence < takenUnder) })
    over.open()
    world.engine.poke(name)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect((await logOf(id)).join('\n')).toMatch(/its container was adopted|its exit code is taken over/)
    world.engine.script('say quiet', programOf('say quiet'))
    await world.beSound()
  })

  test('leaves what a rollback that is tried again may go on with', async () => {
    const app = await world.makeServedApp()
    const id = await failDeploy(app, (step) => {
      if (step === stepOf('run before_release')) throw new Error('the test says so')
    })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'incomplete' })
    const begun = [...world.engine.containers.values()].map((one) => one.state()).filter(({ name }) => name.split('-')[2] === String(id))
    expect(begun).toHaveLength(1)
    await sweepPatiently()
    expect(world.engine.containers.has(begun[0]!.name)).toBe(true)
    world.crew.hook = () => {}
    await world.crew.carryOut(retryRollback, { operation: id })
    await world.beSound()
  })

  test('remembers what it has seen on one stack while it looks at another', async () => {
    const app = await world.makeServedApp()
    const withdraw = offerDriver('elsewhere', () => createMemoryDriver(createMemoryWorld()))
    await world.crew.carryOut(provisionStack, { handle: 'elsewhere', driver: 'elsewhere' })
    await strand(app, 'davit-x-99999998-0-0')
    const sweep = createSweep(() => {}, { everyMs: 0, graceMs: 1 })
    for (let n = 0; n < 3; n++) await sweep(isOwner)
    await sweep.end()
    withdraw()
    await db.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.handle, 'elsewhere'))
    expect(world.runningOf(app)).toHaveLength(2)
  })

  test('goes on with the other stacks when an engine is away', async () => {
    const app = await world.makeServedApp()
    const before = world.runningOf(app).length
    const [resource] = await db.insert(resources).values({ kind: 'stack', handle: 'a-away' }).returning()
    await db.insert(stacks).values({ id: resource!.id, handle: 'a-away', driver: 'docker', settings: { realm: 'away', socketPath: '/nowhere/docker.sock' } })
    await db.update(containers).set({ nextStartAt: null })
    world.engine.containers.clear()
    await world.sweep()
    await db.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.handle, 'a-away'))
    expect(world.notes).toContain('could not sweep a-away: There is no socket at /nowhere/docker.sock. Is the engine running?')
    expect(world.runningOf(app)).toHaveLength(before)
    await world.beSound()
  })

  test('does not say of a container that it is gone before it was started', async () => {
    const app = await world.makeServedApp()
    const gate = world.engine.hold('start')
    const { id } = await world.crew.start(deploy, { app })
    const name = await gate.reached
    await world.sweep()
    const [coming] = await db.select().from(containers).where(eq(containers.name, name))
    expect(coming).toMatchObject({ phase: 'new', seen: null })
    gate.open()
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
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

  test('removes an image once no release and no open operation is left of it', async () => {
    const app = await world.makeServedApp()
    const [current] = await imagesOf(app)
    const { version } = world.engine.images.get(current!)!
    await strandImage(app, world.push())
    const gate = world.engine.hold('pull', { moment: 'after' })
    const { id } = await world.crew.start(deploy, { app, ref: version })
    await gate.reached
    await world.sweep()
    expect(await imagesOf(app)).toHaveLength(2)
    gate.open()
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    const patient = createSweep(() => {}, { everyMs: 0, keptEveryMs: 0, keptGraceMs: 600_000 })
    for (let n = 0; n < 2; n++) await patient(isOwner)
    await patient.end()
    expect(await imagesOf(app)).toHaveLength(2)
    await world.sweep()
    expect(await imagesOf(app)).toEqual([current])
    await world.beSound()
  })

  test('asks again before it removes an image: a deploy that began meanwhile keeps it', async () => {
    const app = await world.makeServedApp()
    const commit = world.push()
    await strandImage(app, commit)
    const before = await imagesOf(app)
    const gate = world.engine.hold('discardImage')
    const swept = world.sweep()
    await gate.reached
    await world.crew.start(deploy, { app, ref: commit }).then(({ id }) => ended(id))
    gate.open()
    await swept
    expect(await imagesOf(app)).toEqual(before)
    await world.beSound()
  })

  test('removes the other images where one is in use by somebody else', async () => {
    const app = await world.makeServedApp()
    for (let n = 0; n < 2; n++) await strandImage(app, world.push())
    const before = await imagesOf(app)
    world.engine.fail('discardImage', new ImageInUse('one', 'a container is made of it'))
    await world.sweep()
    expect(world.notes).toContain('The image one is left as it is: a container is made of it.')
    expect(await imagesOf(app)).toHaveLength(before.length - 1)
    await world.sweep()
    expect(await imagesOf(app)).toHaveLength(before.length - 2)
    await world.beSound()
  })

  test('forgets what an app that is gone has left', async () => {
    const app = await world.makeServedApp()
    const [handle] = await db.select({ handle: apps.handle }).from(apps).where(eq(apps.id, app))
    await world.crew.carryOut(deprovisionApp, { app, confirm: handle!.handle })
    expect(await imagesOf(app)).toEqual([])
    world.engine.caches.add(app)
    await world.sweep()
    expect(world.engine.caches.has(app)).toBe(false)
    expect(world.notes.at(-1)).toBe(`removed all that is kept of ${app}, which belonged to nothing`)
  })

  test('removes nothing while the db is mistrusted, and lists all of it', async () => {
    const app = await world.makeServedApp()
    await strand(app, 'davit-x-99999996-0-0')
    world.engine.caches.add(4_000_000)
    await db.update(installation).set({ mistrustedAt: new Date() })
    await world.sweep()
    await world.sweep()
    const [row] = await db.select().from(installation)
    expect(row!.unowned).toEqual(expect.arrayContaining(['davit-x-99999996-0-0', 'all that is kept of 4000000']))
    expect(world.runningOf(app)).toHaveLength(3)
    await db.update(installation).set({ mistrustedAt: null, unowned: [] })
    await world.sweep()
    expect(world.runningOf(app)).toHaveLength(2)
    expect(world.engine.caches.has(4_000_000)).toBe(false)
  })

  test('is one at a time, without a transaction that stays open while an engine is slow', async () => {
    const app = await world.makeServedApp()
    await strand(app, 'davit-x-99999995-0-0')
    const [slow, other] = [1, 2].map(() => createSweep(() => {}, { everyMs: 0, graceMs: 0 }))
    const gate = world.engine.hold('list', { moment: 'after' })
    const first = slow!(isOwner)
    await gate.reached
    const second = world.engine.hold('list')
    await Promise.race([other!(isOwner), second.reached.then(() => Promise.reject(new Error('the other sweeps as well')))])
    expect(world.runningOf(app)).toHaveLength(3)
    // The runner's own are short. Postgres ends one that stays open, and whoever had it fails.
    await until(async () => (await sql`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'`).length === 0)
    second.open()
    gate.open()
    await first
    expect(world.runningOf(app)).toHaveLength(2)
    await Promise.all([slow!.end(), other!.end()])
  })

  test('changes nothing more once another may be sweeping in its place', async () => {
    const app = await world.makeServedApp()
    await strand(app, 'davit-x-99999994-0-0')
    const sweep = createSweep(() => {}, { everyMs: 0, graceMs: 0 })
    const gate = world.engine.hold('list', { moment: 'after' })
    const first = sweep(isOwner)
    await gate.reached
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and granted`
    gate.open()
    await first.catch((error: unknown) => expect(isOutage(error)).toBe(true))
    expect(world.runningOf(app)).toHaveLength(3)
    await sweep(isOwner)
    expect(world.runningOf(app)).toHaveLength(2)
    await sweep.end()
  })

  test('leaves an engine that does not answer for later', async () => {
    await world.makeServedApp()
    world.engine.fail('list', new Refusal('unavailable', 'the engine is away'))
    await world.sweep()
    expect(world.notes.at(-1)).toContain('the engine is away')
  })
})
