import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSpec, pullRequest, recordIo, untilSaid } from '../contract/world.ts'
import { createDockerDriver } from './driver.ts'
import { openDockerWorld, type DockerWorld } from './docker-world.ts'
import { label } from './labels.ts'
import { pushBase } from './test-base.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

const source = (url: string) => ({ url, commit: '', buildCommand: null, push: async () => '' })

describe.runIf(canHaveEngine())('what an engine cannot do', () => {
  let world: DockerWorld
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'image')
  })
  afterAll(async () => {
    await world.close()
  })

  it('is refused with what is wrong of an image, of which nothing is left', async () => {
    const { docker, registry } = world.engine
    const before = await world.everything()
    const pull = (url: string, changes: object = {}) => world.driver.pull(pullRequest(source(url), { owner: { id: 97, handle: 'refused' }, ...changes }), recordIo())
    await expect(pull(`${registry}/nothing`)).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringContaining('No source has main') })
    await expect(pull(`${registry}/base`, { ref: '1' })).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringMatching(/no command of its own, and there is no Procfile .*Add one/) })
    await expect(pull('127.0.0.1:9/nothing')).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable', message: expect.stringContaining('connection refused') })
    await world.driver.forget(97)
    expect(await world.everything()).toEqual(before)
    expect(await docker.listVolumes({})).toMatchObject({ Volumes: [] })
  })

  it('is refused when its container would not start, of which nothing is left', async () => {
    const spec = await makeSpec(world, 'serve', { limits: { cpus: 4096 }, environment: 98 })
    const before = await world.everything()
    await expect(world.driver.start(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'invalid', message: expect.stringMatching(/CPUs/) })
    expect(await world.everything()).toEqual(before)
  })

  it('is told with what the container wrote, also when nothing reaches it', async () => {
    const spec = await makeSpec(world, 'serve')
    await world.driver.start(spec, recordIo())
    await untilSaid(world, spec.name, 'serving')
    const { docker } = world.engine
    const [found] = await docker.listContainers({ filters: { label: [`${label.name}=${spec.name}`] } })
    for (const network of Object.keys(found!.NetworkSettings.Networks)) await docker.getNetwork(network).disconnect({ Container: found!.Id })
    const waited = world.driver.waitUntilHealthy(spec, { kind: 'http', path: '/', strict: false, limitSeconds: 0.2, intervalMs: 20 }, recordIo())
    await expect(waited).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/(EHOSTUNREACH|no answer within 5 s)\. Its last lines:\nserving$/) })
    await world.driver.remove(spec)
  })

  it('is not asked of it: no port of the machine, no starting again, and an init for each container', async () => {
    const spec = await makeSpec(world, 'serve')
    await world.driver.start(spec, recordIo())
    const [found] = await world.engine.docker.listContainers()
    const { HostConfig, NetworkSettings } = await world.engine.docker.getContainer(found!.Id).inspect()
    expect(HostConfig).toMatchObject({ Init: true, RestartPolicy: { Name: 'no' }, PublishAllPorts: false, PortBindings: {} })
    expect(NetworkSettings.Ports).toEqual({})
    await world.driver.remove(spec)
  })
})

describe.runIf(canHaveEngine())('an engine with no space left', () => {
  it('refuses an image in its own words, and keeps nothing of it', async () => {
    const engine = await openTestEngine({ roomMb: 48 })
    const folder = mkdtempSync(join(tmpdir(), 'davit-full-'))
    const driver = createDockerDriver({ socketPath: engine.socketPath, realm: 'full-1', folder: join(folder, 'stack'), machine: join(folder, 'machine'), uids: { first: 640_000, last: 640_099 } })
    try {
      await pushBase(engine.registry)
      const request = pullRequest(source(`${engine.registry}/base`), { ref: '1' })
      await expect(driver.pull(request, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable', message: expect.stringMatching(/no room for the image.*no space left on device/) })
      expect(await engine.docker.listImages({ all: true })).toEqual([])
      expect(await engine.docker.listContainers({ all: true })).toEqual([])
    } finally {
      await engine.close()
      rmSync(folder, { recursive: true })
    }
  })
})
