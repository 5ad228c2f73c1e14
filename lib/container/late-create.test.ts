import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { until } from '../drivers/contract/world.ts'
import { type DockerWorld, openDockerWorld } from '../drivers/docker/docker-world.ts'
import { createDockerDriver } from '../drivers/docker/driver.ts'
import { openBetween } from '../drivers/docker/test-between.ts'
import { canHaveEngine, openTestEngine } from '../drivers/docker/test-engine.ts'
import { deploy } from '../operations/deploy.ts'
import { definitions } from '../operations/index.ts'
import { provisionApp } from '../operations/provision-app.ts'
import { provisionEnvironment } from '../operations/provision-environment.ts'
import { resourceOf } from '../operations/world.ts'
import { Refusal } from '../refusal.ts'
import { ended, expire, findOperation, gate, startTestRunner, tester } from '../runner/rehearsal.ts'
import type { RunnerOptions } from '../runner/runner.ts'
import { start } from '../runner/start.ts'
import { createSweep } from './sweep.ts'

vi.setConfig({ testTimeout: 300_000 })

const START = deploy.steps.findIndex(({ name }) => name === 'start the containers that replace them')
const RELEASE = deploy.steps.findIndex(({ name }) => name === 'create the release')
const STAY = deploy.steps.findIndex(({ name }) => name === 'wait until they stay up')

describe.runIf(canHaveEngine())('an engine that cannot refuse a stale fence', () => {
  let world: DockerWorld
  let stack = 0
  let environment = 0
  const said: string[] = []
  const sweep = createSweep((line) => said.push(line), { everyMs: 0, graceMs: 600_000 })

  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'image')
    const [resource] = await db.insert(resources).values({ kind: 'stack', handle: 'late' }).returning()
    stack = resource!.id
    const { realm, socketPath } = world.options
    await db.insert(stacks).values({ id: stack, handle: 'late', driver: 'docker', settings: { realm, socketPath } })
    const runner = await hire()
    environment = await resourceOf((await ended((await start(provisionEnvironment, { stack, handle: 'staging' }, tester)).id)).id)
    await runner.drain(1000)
  })
  afterAll(async () => {
    await sweep.end()
    await db.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.id, stack))
    await world.close()
  })

  const hire = (at?: RunnerOptions['at'], driver = world.driver) => startTestRunner({ definitions, leaseSeconds: 60, openDriver: async () => driver, at })

  /** A deploy whose runner has asked the engine for the app's container, and is replaced before the engine hears of it; it does not know. */
  async function deployLate(handle: string) {
    let starting = false
    const between = await openBetween(world.engine.socketPath, (path) => (starting && path.endsWith('/containers/create') ? 'hold' : 'pass'))
    // Of another machine, as it were: its locks are not ours.
    const elsewhere = createDockerDriver({ ...world.options, socketPath: between.socketPath, folder: `${world.options.folder}-${handle}` })
    const former = await hire((point) => void (starting ||= point === 'before start'), elsewhere)
    const { url } = await world.makeSource({ procfile: `web: ${world.command('serve')}` })
    const app = await resourceOf((await ended((await start(provisionApp, { environment, handle, from: 'image', sources: [{ url }], ref: 'main' }, tester)).id)).id)
    const { id } = await start(deploy, { app }, tester)
    await until('the engine is asked', () => between.held() === 1)
    const { fence } = await findOperation(id)
    await expire(former)
    return { id, fence, between, former }
  }

  const listed = async (operationId: number) => (await world.driver.list()).filter(({ name }) => name.split('-')[2] === String(operationId))

  test('makes a container after its compensation, which is found by its name and lower fence and gone within one sweep, without any grace', async () => {
    const { id, fence, between, former } = await deployLate('undone')
    const rest = gate()
    const successor = await hire(async (point, { step, direction }) => {
      if (point === 'opened' && direction === 'run' && step === START) throw new Refusal('conflict', 'the test says so')
      if (point === 'opened' && direction === 'compensate' && step === RELEASE) await rest.pass()
    })
    await rest.reached
    expect(await listed(id)).toEqual([])
    between.release()
    await until('the engine has made it', async () => (await listed(id)).length === 1)
    const [late] = await listed(id)
    const now = await findOperation(id)
    expect(late).toMatchObject({ fence, running: false })
    expect(now).toMatchObject({ status: 'rolling_back', fence: expect.toSatisfy((current) => current > fence) })
    await sweep(async () => {})
    expect(said).toEqual([`removed ${late!.name}, which belonged to nothing`])
    expect(await world.engine.docker.listContainers({ all: true })).toEqual([])
    rest.open()
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    expect((await world.driver.kept()).flatMap(({ images }) => images)).toEqual([])
    await Promise.all([former.drain(1000), successor.drain(1000)])
    between.close()
  })

  test('makes a container that whoever took over adopts, and no sweep disturbs that', async () => {
    const { id, fence, between, former } = await deployLate('adopted')
    const [again, running] = [gate(), gate()]
    const successor = await hire(async (point, { step, direction }) => {
      if (point === 'before start') await again.pass()
      if (point !== 'opened' || direction !== 'run' || step !== STAY) return
      await running.pass()
      throw new Refusal('conflict', 'the test says so')
    })
    await again.reached
    between.release()
    await until('the engine has made it', async () => (await listed(id)).length === 1)
    await sweep(async () => {})
    again.open()
    await running.reached
    await sweep(async () => {})
    expect(await listed(id)).toMatchObject([{ fence, running: true }])
    running.open()
    expect(await ended(id)).toMatchObject({ status: 'failed', rollback: 'complete' })
    await Promise.all([former.drain(1000), successor.drain(1000)])
    between.close()
  })
})
