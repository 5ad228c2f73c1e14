import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { sql as fragment } from 'drizzle-orm'
import { db } from '../db/client.ts'
import type { Definition } from '../runner/define.ts'
import { ended, gate, inStatus, waitingForLocks } from '../runner/rehearsal.ts'
import { configure } from './configure.ts'
import { deploy } from './deploy.ts'
import { deprovisionEndpoint } from './deprovision-endpoint.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { provisionApp } from './provision-app.ts'
import { provisionEndpoint } from './provision-endpoint.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { updateApp } from './update-app.ts'
import { updateEndpoint } from './update-endpoint.ts'
import { repository, resourceOf, storefront, World } from './world.ts'

/** Ports that other tests on this machine do not use. */
const first = vi.hoisted(() => {
  const port = 12_000 + (process.pid % 900) * 10
  process.env.DAVIT_ENDPOINT_PORTS = `${port}-${port + 9}`
  return port
})

let world: World
beforeAll(async () => {
  world = await World.open()
  await world.crew.hire()
})
beforeEach(() => {
  world.crew.hook = () => {}
})
afterAll(async () => {
  await world.crew.dismiss()
  await world.close()
})

/** Holds the first step of an operation until the gate is opened. */
function hold(which: (operationId: number) => boolean = () => true) {
  const held = gate()
  world.crew.hook = async ({ operationId, step, point, direction }) => {
    if (step === 0 && point === 'opened' && direction === 'run' && which(operationId)) await held.pass()
  }
  return held
}

async function makeEnvironment(handle: string) {
  return resourceOf(await world.crew.carryOut(provisionEnvironment, { stack: world.stack, handle }))
}

const newApp = (environment: number, handle: string) => ({ environment, handle, sources: [{ url: repository }], ref: 'main' })

describe('creating an app and deprovisioning its environment at once', () => {
  test('refuses to deprovision what is no longer empty', async () => {
    const environment = await makeEnvironment('first-in')
    const held = hold()
    const app = await world.crew.start(provisionApp, newApp(environment, 'early'))
    await held.reached
    const gone = await world.crew.start(deprovisionEnvironment, { environment, confirm: 'first-in' })
    expect(await inStatus(gone.id, 'queued')).toBeTruthy()
    held.open()
    expect(await ended(app.id)).toMatchObject({ status: 'succeeded' })
    expect(await ended(gone.id)).toMatchObject({ status: 'failed', error: 'It is not empty: deprovision early first.' })
  })

  test('refuses an app in an environment that is gone', async () => {
    const environment = await makeEnvironment('last-out')
    const held = hold()
    const gone = await world.crew.start(deprovisionEnvironment, { environment, confirm: 'last-out' })
    await held.reached
    const app = await world.crew.start(provisionApp, newApp(environment, 'late'))
    expect(await inStatus(app.id, 'queued')).toBeTruthy()
    held.open()
    expect(await ended(gone.id)).toMatchObject({ status: 'succeeded' })
    expect(await ended(app.id)).toMatchObject({ status: 'failed', rollback: 'complete' })
  })
})

test('two apps of one handle: the second is told in words', async () => {
  let firstId = 0
  const held = hold((operationId) => (firstId ||= operationId) === operationId)
  const slow = await world.crew.start(provisionApp, newApp(world.environment, 'twin'))
  await held.reached
  const fast = await world.crew.start(provisionApp, newApp(world.environment, 'twin'))
  expect(await ended(fast.id)).toMatchObject({ status: 'succeeded' })
  held.open()
  expect(await ended(slow.id)).toMatchObject({ status: 'failed', rollback: 'complete', error: 'There is one called twin already.' })
})

test('two endpoints that ask for any port get one each', async () => {
  const apps = [await world.makeServedApp(), await world.makeServedApp()]
  const started = await Promise.all(apps.map((app) => world.crew.start(provisionEndpoint, { app, service: 'web', port: 0 })))
  for (const { id } of started) expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  expect((await world.table()).flatMap(({ port }) => port ?? []).toSorted()).toEqual([first, first + 1])
})

test('a port that somebody else listens on is refused, and another app goes on switching', async () => {
  const server = createServer().listen(first + 5, '127.0.0.1')
  await once(server, 'listening')
  const [app, other] = [await world.makeServedApp(), await world.makeServedApp()]
  const endpoint = await world.crew.start(provisionEndpoint, { app, service: 'web', port: first + 5 })
  const deployed = await world.crew.start(deploy, { app: other })
  expect(await ended(endpoint.id)).toMatchObject({ status: 'failed', rollback: 'complete', error: expect.stringContaining('another process listens there') })
  expect(await ended(deployed.id)).toMatchObject({ status: 'succeeded' })
  server.close()
  await world.sweep()
  await world.beSound()
})

describe('a configuration made before the first deploy', () => {
  test('waits for the first release', async () => {
    const app = await world.makeApp()
    await world.crew.carryOut(configure, { app, set: { COLOUR: { value: 'blue' } } })
    expect(world.runningOf(app)).toEqual([])
    await world.crew.carryOut(configure, { app, set: { SIZE: { value: 'large' } } })
    await world.crew.carryOut(deploy, { app })
    expect(world.runningOf(app)[0]!.variables).toMatchObject({ COLOUR: 'blue', SIZE: 'large' })
  })

  test('is gone when it was rolled back', async () => {
    const app = await world.makeApp()
    world.crew.hook = ({ step, point, direction }) => {
      if (step === 1 && point === 'ran' && direction === 'run') throw new Error('the test says so')
    }
    const { id } = await world.crew.start(configure, { app, set: { COLOUR: { value: 'blue' } } })
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    world.crew.hook = () => {}
    world.push(storefront)
    await world.crew.carryOut(deploy, { app })
    expect(world.runningOf(app)[0]!.variables.COLOUR).toBeUndefined()
  })
})

describe('two that take at one moment what a third gave up', () => {
  const endpointAt = (app: number, address: { host: string } | { port: number }) => ({ app, service: 'web', ...address })

  /** Both have come as far as the table and wait for it; then both are let go. */
  async function race(table: string, one: [Definition, object], other: [Definition, object]) {
    const started = await db.transaction(async (tx) => {
      await tx.execute(fragment.raw(`lock table ${table} in share row exclusive mode`))
      const ids = [await world.crew.start(...one), await world.crew.start(...other)]
      await waitingForLocks(2)
      return ids
    })
    const rows = await Promise.all(started.map(({ id }) => ended(id)))
    expect(rows.map(({ status }) => status).toSorted()).toEqual(['failed', 'succeeded'])
    const lost = rows.find(({ status }) => status === 'failed')!
    expect(lost).toMatchObject({ reason: 'error', rollback: 'complete', leftovers: [] })
    await world.sweep()
    await world.beSound()
    return lost.error
  }

  test('a host name: one has it, the other is told in words', async () => {
    const [former, app, moving] = [await world.makeServedApp(), await world.makeServedApp(), await world.makeServedApp()]
    const endpoint = await world.giveEndpoint(former, 'web', 'passed-on.test')
    const other = await world.giveEndpoint(moving, 'web', 'elsewhere.test')
    await world.crew.carryOut(deprovisionEndpoint, { endpoint, confirm: 'passed-on.test' })
    const error = await race('endpoints', [provisionEndpoint, endpointAt(app, { host: 'passed-on.test' })], [updateEndpoint, { endpoint: other, host: 'passed-on.test' }])
    expect(error).toBe('Another endpoint has this address.')
    expect((await world.table()).filter(({ host }) => host === 'passed-on.test')).toHaveLength(1)
  })

  test('a port: one has it, the other is told in words', async () => {
    const [former, ...apps] = [await world.makeServedApp('porter'), await world.makeServedApp(), await world.makeServedApp()]
    const port = first + 8
    const endpoint = await resourceOf(await world.crew.carryOut(provisionEndpoint, endpointAt(former, { port })))
    await world.crew.carryOut(deprovisionEndpoint, { endpoint, confirm: 'porter-web' })
    const error = await race('endpoints', [provisionEndpoint, endpointAt(apps[0]!, { port })], [provisionEndpoint, endpointAt(apps[1]!, { port })])
    expect(error).toBe('Another endpoint has this address.')
    expect((await world.table()).filter((one) => one.port === port)).toHaveLength(1)
  })

  test('a handle: one has it, the other is told in words', async () => {
    const [former, other] = [await world.makeApp('passed-on'), await world.makeApp('waiting')]
    const { handle: _, environment: _in, ...sources } = newApp(world.environment, '')
    await world.crew.carryOut(updateApp, { app: former, ...sources, handle: 'moved' })
    const error = await race('apps', [provisionApp, newApp(world.environment, 'passed-on')], [updateApp, { app: other, ...sources, handle: 'passed-on' }])
    expect(error).toBe('There is one called passed-on already.')
  })
})
