import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { db } from '../db/client.ts'
import { makeSpec, recordIo, until } from '../drivers/contract/world.ts'
import { type DockerWorld, openDockerWorld } from '../drivers/docker/docker-world.ts'
import { createDockerDriver } from '../drivers/docker/driver.ts'
import { openBetween } from '../drivers/docker/test-between.ts'
import { canHaveEngine, openTestEngine } from '../drivers/docker/test-engine.ts'
import { createSweep } from './sweep.ts'

describe.runIf(canHaveEngine())('an engine that cannot refuse a stale fence', () => {
  let world: DockerWorld
  let stack = 0
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'image')
    const [resource] = await db.insert(resources).values({ kind: 'stack', handle: 'late' }).returning()
    stack = resource!.id
    const { realm, socketPath } = world.options
    await db.insert(stacks).values({ id: stack, handle: 'late', driver: 'docker', settings: { realm, socketPath } })
  })
  afterAll(async () => {
    await db.update(stacks).set({ deprovisionedAt: new Date() }).where(eq(stacks.id, stack))
    await world.close()
  })

  test('carries out late what was asked before a compensation, and a sweep without grace removes it, whatever its fence', async () => {
    const spec = await makeSpec(world, 'serve', { name: 'davit-x-99999993-0-0', fence: 1 })
    const between = await openBetween(world.engine.socketPath, (path) => (/\/containers\/create/.test(path) ? 'hold' : 'pass'))
    // A runner of another machine, as it were: its locks are not ours.
    const elsewhere = createDockerDriver({ ...world.options, socketPath: between.socketPath, folder: `${world.options.folder}-elsewhere` })
    const dead = recordIo()
    const settled = expect(elsewhere.start(spec, dead)).rejects.toThrow('the runner is dead')
    await until('the engine is asked', () => between.held() === 1)
    dead.guard = () => Promise.reject(new Error('the runner is dead'))
    // The compensation, by whoever has the operation now.
    await world.driver.remove(spec)
    expect(await world.driver.list()).toEqual([])
    between.release()
    await settled
    expect(await world.driver.list()).toMatchObject([{ name: spec.name, fence: 1 }])

    const said: string[] = []
    const sweep = createSweep((line) => said.push(line), { everyMs: 0, graceMs: 0 })
    await sweep(() => Promise.resolve())
    await sweep.end()
    expect(said).toEqual([`removed ${spec.name}, which belonged to nothing`])
    expect(await world.engine.docker.listContainers({ all: true })).toEqual([])
    between.close()
  })
})
