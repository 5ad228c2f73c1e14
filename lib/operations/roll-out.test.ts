import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { containers } from '#drizzle/schema/container.ts'
import { installation } from '#drizzle/schema/installation.ts'
import { releases } from '#drizzle/schema/release.ts'
import { db } from '../db/client.ts'
import type { Hook } from '../runner/contract/crew.ts'
import { requestCancel } from '../runner/cancel.ts'
import { fetchFrom } from '../router/testing.ts'
import { findOperation as readOperation } from '../runner/queries.ts'
import { ImageInUse } from '../drivers/driver.ts'
import { Refusal } from '../refusal.ts'
import { ended, findOperation, inStatus, journalOf, logOf, tester, until } from '../runner/rehearsal.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { restart } from './restart.ts'
import { rollback } from './rollback.ts'
import { scale } from './scale.ts'
import { currentRelease, inWorld, releasesOf, stepsOf, storefront, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

/** What happened to containers since, without names: `start serve`, `stop web`, … and each table of the router as `switch`. */
function watch(): { changes(): string[]; hook: Hook } {
  const from = world.engine.changes.length
  let generation = world.router.status().generation
  const hook: Hook = () => {
    const now = world.router.status().generation
    if (now !== generation) world.engine.changes.push('switch')
    generation = now
  }
  return { hook, changes: () => world.engine.changes.slice(from) }
}

async function kindsOf(changes: string[]): Promise<string[]> {
  const rows = await db.select({ name: containers.name, service: containers.service, release: containers.releaseId }).from(containers)
  const kind = new Map(rows.map(({ name, service, release }) => [name, `${service} of ${release}`]))
  return changes.map((change) => change.replace(/davit-\S+/, (name) => kind.get(name) ?? name))
}

async function failing(app: number, input: object = {}) {
  const { id } = await world.crew.start(deploy, { app, ...input })
  return ended(id)
}

describe('a rollout', () => {
  test('starts and stops nothing before before_release has succeeded, and stops the old last', async () => {
    const app = await world.makeServedApp()
    const former = (await currentRelease(app)).id
    world.push()
    const seen = watch()
    world.crew.hook = seen.hook
    const id = await world.crew.carryOut(deploy, { app })
    const next = (await currentRelease(app)).id
    const changes = (await kindsOf(seen.changes())).filter((change) => !change.startsWith('pull'))
    expect(changes.slice(0, 6)).toEqual([
      `start before_release of ${next}`,
      `start web of ${next}`,
      `stop worker of ${former}`,
      `start worker of ${next}`,
      'switch',
      `stop web of ${former}`,
    ])
    // They are cleared away side by side.
    expect(changes.slice(6).toSorted()).toEqual([`remove before_release of ${next}`, `remove web of ${former}`, `remove worker of ${former}`])
    expect(await findOperation(id)).toMatchObject({ noReturnAt: 'stop the old containers', pastReturn: true, requestsServed: 0, requestsLost: 0 })
  })

  test('says with numbers what it does, and in which order', async () => {
    const app = await world.makeServedApp()
    const id = await world.crew.carryOut(deploy, { app })
    expect(await journalOf(id)).toEqual(deploy.steps.map(({ name }) => `run ${name}: succeeded`))
    const log = await logOf(id)
    expect(log).toContain('Release 2: 1 × web, 1 × worker; now running: 1 × web, 1 × worker. Strategy: bluegreen.')
    expect(log).toContain('1 of 1 containers are healthy.')
    expect(log).toContain('0 requests during this operation, 0 lost.')
  })

  test('switches no endpoint before all services are healthy, and then all in one table', async () => {
    const files = { procfile: 'web: serve\nadmin: serve when poked', davitYml: 'services: { admin: { port: true } }' }
    world.push(files)
    const app = await world.makeApp()
    await world.giveEndpoint(app, 'web')
    await world.giveEndpoint(app, 'admin')
    const { id } = await world.crew.start(deploy, { app })
    const admin = await rowOf(id, 'admin')
    const before = world.router.status().generation
    expect((await world.table()).flatMap((endpoint) => endpoint.containers)).not.toContainEqual(expect.objectContaining({ name: await rowOf(id, 'web') }))
    await world.engine.said(await rowOf(id, 'web'), 'serving')
    expect(world.router.status().generation).toBe(before)
    world.engine.poke(admin)
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    expect(world.router.status().generation).toBe(before + 1)
    world.push()
  })

  test('starts the old worker again when the new one does not stay up', async () => {
    const app = await world.makeServedApp()
    const before = await world.look()
    world.push({ ...storefront, procfile: 'web: serve\nworker: crash' })
    const seen = watch()
    const row = await failing(app)
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', failedStep: 'wait until they stay up' })
    expect(row.error).toContain('ended with exit code 3')
    expect(row.error).toContain('cannot find the moon')
    const workers = (await kindsOf(seen.changes())).filter((change) => change.includes('worker'))
    expect(workers.map((change) => change.split(' ').slice(0, 2).join(' '))).toEqual(['stop worker', 'start worker', 'remove worker', 'start worker'])
    expect(await world.look()).toEqual(before)
    world.push()
  })

  test('tells a failed deploy from its first reason to its ending', async () => {
    const app = await world.makeServedApp()
    world.push({ ...storefront, procfile: 'web: crash\nworker: serve' })
    const row = await failing(app)
    const log = await logOf(row.id)
    const told = ['cannot find the moon', 'A rollback began: a step failed.', 'Undone: stop and remove the new containers', 'after_rollback, 1 of 1: say loud', 'loud', 'Undone: discard the release', 'The rollback is complete: everything that Davit changed was put back. after_rollback has run, for what before_release did: say loud.']
    expect(log.filter((line) => told.includes(line))).toEqual(told)
    expect(log.some((line) => line.startsWith('Step 6, wait until they are healthy, failed: '))).toBe(true)
    world.push()
  })

  test('that is rolled back says that the release it made is discarded', async () => {
    const app = await world.makeServedApp()
    world.push({ ...storefront, procfile: 'web: crash\nworker: serve' })
    const { id } = await failing(app)
    expect(await readOperation(tester, id)).toMatchObject({ releaseNumber: 2, releaseDiscarded: true })
    world.push()
    expect(await readOperation(tester, await world.crew.carryOut(deploy, { app }))).toMatchObject({ releaseNumber: 3, releaseDiscarded: false })
  })

  test('sends traffic back when it is cancelled between the switch and the end of the drain', async () => {
    const app = await world.makeServedApp()
    const before = await world.look()
    let switched = 0
    world.crew.hook = async ({ operationId, step, point, direction }) => {
      if (deploy.steps[step]?.name !== 'drain the old containers' || point !== 'opened' || direction !== 'run') return
      switched = world.router.status().generation
      await requestCancel(tester, operationId, () => 'deploy')
      await inStatus(operationId, 'rolling_back')
    }
    expect(await failing(app)).toMatchObject({ status: 'cancelled', rollback: 'complete' })
    expect(world.router.status().generation).toBe(switched + 1)
    expect(await world.look()).toEqual(before)
  })

  test('replaces at once when the strategy says so, and cannot go back from there', async () => {
    const app = await world.makeServedApp()
    const former = (await currentRelease(app)).id
    const seen = watch()
    const id = await world.crew.carryOut(restart, { app, strategy: 'immediate' })
    const next = (await currentRelease(app)).id
    const changes = await kindsOf(seen.changes())
    expect(changes.slice(0, 2).toSorted()).toEqual([`stop web of ${former}`, `stop worker of ${former}`])
    expect(changes.slice(2, 4).toSorted()).toEqual([`start web of ${next}`, `start worker of ${next}`])
    expect((await findOperation(id)).noReturnAt).toBe('stop the old containers that cannot run beside new ones')
    expect(await logOf(id)).toContainEqual(expect.stringMatching(/: wait until they are healthy: health is not awaited, as the strategy is immediate$/))
  })

  test('has the memory of what stops before the new containers start, and not of what they start beside', async () => {
    const app = await world.makeServedApp()
    const { id: release, manifest } = await currentRelease(app)
    const services = Object.fromEntries(Object.entries(manifest!.services).map(([name, service]) => [name, { ...service, limits: { memoryMb: 300 } }]))
    await db.update(releases).set({ manifest: { ...manifest!, services } }).where(eq(releases.id, release))
    const before = world.engine.freeMemoryMb
    world.engine.freeMemoryMb = 299
    const restarts = [await world.crew.start(restart, { app, strategy: 'immediate' }), await world.crew.start(restart, { app, strategy: 'bluegreen' })]
    const rows = [await ended(restarts[0]!.id), await ended(restarts[1]!.id)]
    world.engine.freeMemoryMb = before
    expect(rows).toMatchObject([{ status: 'succeeded' }, { status: 'failed', error: '1 container needs 300 MB, and this machine has 299 MB free beside what runs now.' }])
  })

  test('of an app without endpoints cannot go back once its new containers have stayed up', async () => {
    const app = await world.makeApp()
    await world.crew.carryOut(deploy, { app })
    expect(world.runningOf(app)).toHaveLength(2)
    const id = await world.crew.carryOut(deploy, { app })
    expect(await findOperation(id)).toMatchObject({ noReturnAt: 'switch to the new release', pastReturn: true })
    await world.sweep()
    await world.beSound()
  })

  test('to zero containers, a deploy and back again', async () => {
    const app = await world.makeServedApp()
    await world.crew.carryOut(scale, { app, formation: { web: 0, worker: 0 } })
    expect(world.runningOf(app)).toEqual([])
    await world.crew.carryOut(deploy, { app })
    expect(world.runningOf(app)).toEqual([])
    await world.crew.carryOut(scale, { app, formation: { web: 2 } })
    expect(world.runningOf(app)).toHaveLength(2)
    await world.sweep()
    await world.beSound()
  })

  test('waits for a router that is away', async () => {
    const app = await world.makeServedApp()
    let back: Promise<void> | undefined
    world.crew.hook = async ({ step, point, direction, operationId }) => {
      if (deploy.steps[step]?.name !== 'switch to the new release' || point !== 'opened' || direction !== 'run') return
      await world.loseRouter()
      back = stepSays(operationId, 'waiting for the router').then(() => world.bringRouter())
    }
    await world.crew.carryOut(deploy, { app })
    await back
    await world.sweep()
    await world.beSound()
  })

  test('counts the requests from its first step to its last', async () => {
    const app = await world.makeApp()
    await world.giveEndpoint(app, 'web', 'counted.test')
    await fetchFrom(world.routerPort, { host: 'counted.test' })
    world.crew.hook = async ({ step, point, direction }) => {
      if (point === 'before pull' || (step === deploy.steps.length - 1 && point === 'opened' && direction === 'run')) await fetchFrom(world.routerPort, { host: 'counted.test' })
    }
    const id = await world.crew.carryOut(deploy, { app })
    expect(await findOperation(id)).toMatchObject({ requestsServed: 2, requestsLost: 0, requestsMaintenance: 2 })
    expect(await logOf(id)).toContain('2 requests during this operation, 0 lost, 2 answered by the maintenance page.')
  })

  test('that is rolled back before it has started anything counts the requests until what is undone last', async () => {
    const app = await world.makeApp()
    await world.giveEndpoint(app, 'web', 'rolled-back.test')
    world.push({ procfile: 'web: serve', davitYml: 'before_release: [fail moving]' })
    world.crew.hook = async ({ step, point }) => {
      if (step === 0 && (point === 'before pull' || point === 'before remove')) await fetchFrom(world.routerPort, { host: 'rolled-back.test' })
    }
    const row = await failing(app)
    expect(row).toMatchObject({ failedStep: 'run before_release', requestsServed: 2, requestsLost: 0 })
    world.push()
  })

  test('does not fail for want of a count', async () => {
    const app = await world.makeServedApp()
    world.push({ ...storefront, procfile: 'web: crash\nworker: serve' })
    await world.loseRouter()
    const row = await failing(app)
    await world.bringRouter()
    expect(row).toMatchObject({ status: 'failed', rollback: 'complete', requestsServed: null })
    expect(await stepsOf(row.id)).toHaveLength(11)
    world.push()
  })

  test('of one app at a time loses no switch of another', async () => {
    const apps = await Promise.all([world.makeServedApp('left'), world.makeServedApp('right')])
    await world.crew.hire()
    const started = await Promise.all(apps.map((app) => world.crew.start(restart, { app })))
    for (const { id } of started) expect(await ended(id)).toMatchObject({ status: 'succeeded' })
    await world.sweep()
    await world.beSound()
  })

  test('that fails leaves no image that it brought, and takes none that a release has', async () => {
    const app = await world.makeServedApp()
    const { version } = (await currentRelease(app)).image
    const images = () => [...world.engine.images.values()].filter(({ owner }) => owner === app).map((image) => image.version)
    for (const files of [{ procfile: 'web: crash' }, { procfile: 'web: serve', davitYml: 'services: 1' }]) {
      world.push(files)
      expect(await failing(app)).toMatchObject({ status: 'failed', rollback: 'complete' })
      expect(images()).toEqual([version])
    }
    world.push()
    world.engine.fail('start', new Refusal('conflict', 'the test says so'))
    expect(await failing(app, { ref: version })).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(images()).toEqual([version])
    await world.beSound()
    // It may be that of a release which a db that went back in time has forgotten.
    await db.update(installation).set({ mistrustedAt: new Date() })
    world.push({ procfile: 'web: crash' })
    await failing(app)
    await db.update(installation).set({ mistrustedAt: null })
    expect(images()).toHaveLength(2)
    world.push()
  })

  test('that fails is no less complete for an image of its own that somebody has begun to use, and the sweep removes it later', async () => {
    const app = await world.makeServedApp()
    const images = () => [...world.engine.images.values()].filter(({ owner }) => owner === app)
    world.push({ procfile: 'web: crash' })
    world.engine.fail('discardImage', new ImageInUse('one', 'a container is made of it'))
    const { id } = await world.crew.start(deploy, { app })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect(images()).toHaveLength(2)
    expect((await logOf(id)).join('\n')).toContain('The image one is left as it is: a container is made of it.')
    await world.sweep()
    expect(images()).toHaveLength(1)
    world.push()
  })

  test('keeps the images of the current and the last ten releases', async () => {
    const app = await world.makeApp()
    for (let n = 0; n < 13; n++) {
      world.push()
      await world.crew.carryOut(deploy, { app })
    }
    const made = (await releasesOf(app)).map(({ image }) => image.id)
    expect(made.map((id) => world.engine.images.has(id))).toEqual([...Array.from({ length: 11 }, () => true), false, false])
  })
})

describe('rolling back a finished operation', () => {
  test('restores the code, and builds it again when its image is gone', async () => {
    const app = await world.makeServedApp()
    const { image } = await currentRelease(app)
    world.push()
    const operation = await world.crew.carryOut(deploy, { app })
    world.engine.images.delete(image.id)
    const id = await world.crew.carryOut(rollback, { operation })
    expect((await currentRelease(app)).image).toEqual(image)
    expect((await logOf(id)).some((line) => line.startsWith(`Ready: ${image.version}`))).toBe(true)
    expect(await logOf(id)).not.toContain('quiet')
  })

  test('restores configuration and formation', async () => {
    const app = await world.makeServedApp()
    await world.crew.carryOut(configure, { app, set: { COLOUR: { value: 'blue' } } })
    const scaled = await world.crew.carryOut(scale, { app, formation: { web: 3 } })
    const configured = await world.crew.carryOut(configure, { app, set: { COLOUR: { value: 'red' } } })
    await world.crew.carryOut(rollback, { operation: configured })
    expect(world.runningOf(app).map(({ variables }) => variables.COLOUR)).toEqual(['blue', 'blue', 'blue', 'blue'])
    await world.crew.carryOut(rollback, { operation: scaled })
    expect(world.runningOf(app)).toHaveLength(2)
    expect((await releasesOf(app)).map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
  })
})

/** The container of a service, once it was started. */
function rowOf(operationId: number, service: string): Promise<string> {
  return until(async () => {
    const rows = await db.select().from(containers).where(eq(containers.operationId, operationId))
    return rows.find((row) => row.service === service && row.startedAt !== null)?.name
  })
}

function stepSays(operationId: number, text: string) {
  return until(async () => (await stepsOf(operationId)).some(({ progress }) => progress?.startsWith(text)))
}
