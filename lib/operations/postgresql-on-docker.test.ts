import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { config } from '../config.ts'
import { createSweep } from '../container/sweep.ts'
import { findServing } from '../database/find-live.ts'
import { db } from '../db/client.ts'
import { moveOut } from '../drivers/docker/docker-world.ts'
import { importPostgres } from '../drivers/docker/test-base.ts'
import { canHaveEngine, openTestEngine, type TestEngine } from '../drivers/docker/test-engine.ts'
import { BankWorld, rowOf, wrongWith } from './bank-world.ts'
import { testBank, testInterruptedBackup, testLastOfBank } from './bank-contract.ts'

vi.setConfig({ testTimeout: 600_000 })

describe.runIf(canHaveEngine())('PostgreSQL on an engine', () => {
  let engine: TestEngine
  let world: BankWorld

  beforeAll(async () => {
    engine = await openTestEngine()
    const image = `${engine.registry}/library/postgres:18`
    await importPostgres(engine.docker, image)
    await moveOut(engine.docker, image)
    // What stands in for Docker Hub here is asked first, and has it.
    const settings = { socketPath: engine.socketPath, registries: [{ address: engine.registry, mirrorOf: 'docker.io' }] }
    world = await BankWorld.open({ handle: 'quay', driver: 'docker', settings })
  })
  afterAll(async () => {
    await world?.close()
    await engine?.close()
    await rm(join(config.dataPath, 'stacks'), { recursive: true, force: true })
  })

  test('runs under a uid of its own, on nothing but what its image has', async () => {
    const containers = await engine.docker.listContainers()
    const { Config, HostConfig } = await engine.docker.getContainer(containers[0]!.Id).inspect()
    expect(Config.User).toMatch(/^(\d{5,}):\1$/)
    expect(HostConfig.Memory).toBe(64 * 1024 ** 2)
    expect((await rowOf(world.database)).image.version).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  testBank(() => world)

  test('is started again at its address when it was killed, and has what was acknowledged', async () => {
    const { database, bank } = world
    const { name } = await findServing(db, database)
    await bank.more(100)
    const [running] = await engine.docker.listContainers({ filters: { label: [`davit.name=${name}`] } })
    await engine.docker.getContainer(running!.Id).kill()
    const sweep = createSweep(() => {}, { everyMs: 0 })
    const isRunning = async () => (await (await world.driver()).inspect({ name }))?.running
    // One in which an engine does not answer in time leaves it to the next.
    await expect.poll(() => sweep(async () => {}).then(isRunning), { timeout: 300_000 }).toBe(true)
    await sweep.end()
    await bank.more(100)
    expect(await wrongWith(database, bank.acknowledged)).toEqual([])
  })

  testInterruptedBackup(() => world, () => engine.stop(), async (saying) => {
    await saying('does not answer')
    await engine.start()
    await saying('The engine answers again.')
  })

  testLastOfBank(() => world, async (volume) => {
    expect(await engine.docker.listContainers({ all: true })).toEqual([])
    expect((await engine.docker.listVolumes()).Volumes).toMatchObject([{ Labels: { 'davit.volume': volume } }])
  })
})
