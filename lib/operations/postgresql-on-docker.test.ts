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
import { logOf } from '../runner/rehearsal.ts'
import { BankWorld, carryOut, lastBackup, ownOf, rowOf, wrongWith } from './bank-world.ts'
import { deprovisionDatabase } from './deprovision-database.ts'
import { purgeBackup } from './purge-backup.ts'
import { resizeDatabase } from './resize-database.ts'
import { restartDatabase } from './restart-database.ts'
import { restoreBackup } from './restore-backup.ts'
import { resourceOf } from './world.ts'

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

  test('is restarted to a larger memory size, and loses nothing that was acknowledged', async () => {
    const { database, bank } = world
    await bank.more(200)
    const before = await findServing(db, database)
    const { downtimeMs, id } = await carryOut(restartDatabase, { database, memoryMb: 128 })
    await bank.more(200)
    expect(downtimeMs).toBeGreaterThan(0)
    expect((await logOf(id)).join('\n')).toContain(`The longest time between two answers was ${downtimeMs} ms; planned were 3000 ms.`)
    const after = await findServing(db, database)
    expect({ host: after.host, port: after.port }).toEqual({ host: before.host, port: before.port })
    expect(after.name).not.toBe(before.name)
    const own = await ownOf(database)
    expect(await own`show shared_buffers`).toEqual([{ shared_buffers: '32MB' }])
    await own.end()
    expect(await wrongWith(database, bank.acknowledged)).toEqual([])
  })

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

  test('goes on serving while its volume grows', async () => {
    const { name } = await findServing(db, world.database)
    await carryOut(resizeDatabase, { database: world.database, volumeMb: 640 })
    expect(await rowOf(world.database)).toMatchObject({ volumeMb: 640 })
    expect((await findServing(db, world.database)).name).toBe(name)
  })

  test('is backed up under load, with checkpoints forced, and restored with sums, sequences and indexes that agree', async () => {
    const before = await world.backUp()
    const { id: backup, bytes } = await lastBackup()
    expect(bytes).toBeGreaterThan(1024 ** 2)
    const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'restored', memoryMb: 64 })).id)
    expect(await wrongWith(restored, before)).toEqual([])
    await carryOut(purgeBackup, { backup, confirm: 'bank' })
    await carryOut(deprovisionDatabase, { database: restored, confirm: 'restored', finalBackup: false })
  })

  test('is there again after a deprovision, with all that was ever acknowledged, and leaves nothing else', async () => {
    const { database, bank } = world
    await bank.more(100)
    await carryOut(deprovisionDatabase, { database, confirm: 'bank' })
    await bank.close()
    expect(await engine.docker.listContainers({ all: true })).toEqual([])
    const { id: backup, final, volume } = await lastBackup()
    expect(final).toBe(true)
    expect((await engine.docker.listVolumes()).Volumes).toMatchObject([{ Labels: { 'davit.volume': volume } }])
    const restored = await resourceOf((await carryOut(restoreBackup, { backup, handle: 'bank' })).id)
    expect(await wrongWith(restored, bank.acknowledged)).toEqual([])
  })
})
