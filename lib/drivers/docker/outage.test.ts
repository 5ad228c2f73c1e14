import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshName, makeSpec, pullRequest, recordIo, until, untilSaid } from '../contract/world.ts'
import type { VolumeSpec } from '../volumes.ts'
import { createDockerDriver } from './driver.ts'
import { openDockerWorld, type DockerWorld } from './docker-world.ts'
import { openBetween } from './test-between.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

describe.runIf(canHaveEngine())('an engine that goes away', () => {
  let world: DockerWorld
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine({ liveRestore: true }), 'image')
  })
  afterAll(async () => {
    await world.close()
  })

  const counting = 'node -e "let i = 0; setInterval(() => { console.log(++i); if (i === 500) process.exit(7) }, 10)"'

  it('is waited for by a step, which says so, and refuses everybody else', async () => {
    const spec = await makeSpec(world, 'serve')
    await world.engine.stop()
    const io = recordIo()
    const started = world.driver.start(spec, io)
    await expect(world.driver.list()).rejects.toMatchObject({ name: 'Refusal', code: 'unavailable' })
    expect(io.texts('davit')).toEqual([expect.stringMatching(/does not answer .* waiting for it/)])
    await world.engine.start()
    expect(await started).toMatchObject({ name: spec.name })
    expect(io.texts('davit').at(-1)).toBe('The engine answers again.')
    await world.driver.waitUntilHealthy(spec, { kind: 'http', path: '/', strict: true, limitSeconds: 30, intervalMs: 50 }, io)
  })

  it('costs no line of what is followed, repeats none, and does not end it', async () => {
    const spec = { ...(await makeSpec(world, 'serve')), command: counting }
    const io = recordIo()
    const run = world.driver.runOnce(spec, io)
    await until('it counts', () => io.texts(spec.name).includes('50'))
    await world.engine.stop()
    await world.engine.start()
    expect(await run).toBe(7)
    expect(io.texts(spec.name)).toEqual(Array.from({ length: 500 }, (_, index) => String(index + 1)))
  })

  it('is said to be silent also where nothing but what a container writes is waited for', async () => {
    const spec = { ...(await makeSpec(world, 'serve')), command: 'exec node -e "setTimeout(() => {}, 600_000)"' }
    // The first two look at what there is, and follow.
    const between = await openBetween(world.engine.socketPath, (path, times) => (path.endsWith('/logs') && times === 3 ? 'hold' : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    const io = recordIo()
    const reason = new Error('cancelled')
    const settled = expect(driver.runOnce(spec, io)).rejects.toBe(reason)
    await until('its silence is told', () => io.texts('davit').length === 1)
    between.release()
    await until('its answer is told', () => io.texts('davit').length === 2)
    io.abort(reason)
    await settled
    expect(io.texts('davit')).toEqual([expect.stringMatching(/has not answered for 5 s; waiting for it\.$/), 'The engine answers again.'])
    await world.driver.remove(spec)
    between.close()
  })

  it('is said to be silent also while what a step made for itself is removed, and waited for', async () => {
    const source = await world.makeSource({ procfile: 'web: serve' })
    let silent = true
    const between = await openBetween(world.engine.socketPath, (path) => (silent && /^\/containers\/[0-9a-f]{64}$/.test(path) ? 'hold' : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    const io = recordIo()
    const pulled = driver.pull(pullRequest(source), io)
    await until('its silence is told', () => io.texts('davit').some((text) => /has not answered for 5 s; waiting for it\.$/.test(text)))
    silent = false
    between.release()
    expect(await pulled).toMatchObject({ version: source.commit })
    expect(io.texts('davit').at(-1)).toBe('The engine answers again.')
    expect((await world.driver.list()).filter(({ image }) => image === '')).toEqual([])
    between.close()
  })

  it('stops nobody from cancelling', async () => {
    const spec = await makeSpec(world, 'serve')
    await world.engine.stop()
    const io = recordIo()
    const reason = new Error('cancelled')
    const settled = expect(world.driver.start(spec, io)).rejects.toBe(reason)
    io.abort(reason)
    await settled
    await world.engine.start()
    expect(await world.driver.inspect(spec)).toBeNull()
  })

  it('does not fail a check of health, which goes on', async () => {
    const spec = await makeSpec(world, 'serve')
    await world.driver.start(spec, recordIo())
    const io = recordIo()
    const healthy = world.driver.waitUntilHealthy(spec, { kind: 'uptime', uptimeSeconds: 3 }, io)
    await world.engine.stop()
    await world.engine.start()
    await healthy
  })

  it('is left by whoever cancels while it says nothing, and what it does late is undone', async () => {
    const spec = await makeSpec(world, 'serve')
    const between = await openBetween(world.engine.socketPath, (path) => (path.endsWith('/start') ? 'hold' : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    const io = recordIo()
    const reason = new Error('cancelled')
    const settled = expect(driver.start(spec, io)).rejects.toBe(reason)
    await until('the engine is asked', () => between.held() === 1)
    io.abort(reason)
    await settled
    await driver.remove(spec)
    between.release()
    expect(await driver.inspect(spec)).toBeNull()
    between.close()
  })

  it('is asked again when its answer is lost, and does nothing twice', async () => {
    const spec = await makeSpec(world, 'serve', { environment: 94 })
    const between = await openBetween(world.engine.socketPath, (path, times) => (/\/(create|start)/.test(path) && times === 1 ? 'lose the answer' : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    expect(await driver.start(spec, recordIo())).toMatchObject({ name: spec.name, address: { port: expect.any(Number) } })
    // Of the network, of the container, and of its start.
    expect(between.lost()).toBe(3)
    expect((await world.driver.list()).filter(({ name }) => name === spec.name)).toMatchObject([{ running: true }])
    between.close()
  })

  it('does to a volume what was asked for, also where answers are lost and whoever is sent there is cut off', async () => {
    let refused = 0
    const lost = { says: 'task 0123456789ab: already exists: unknown' }
    const between = await openBetween(world.engine.socketPath, (path, times) =>
      path.endsWith('/start') && refused++ === 0 ? lost : /\/(create|start|archive)$/.test(path) && times === 1 ? 'lose the answer' : 'pass',
    )
    const volumes = createDockerDriver({ ...world.options, socketPath: between.socketPath }).volumes!
    const [from, to] = [1, 2].map((id) => ({ name: freshName('volume'), owner: { id, handle: `of-${id}` }, place: 'docker', sizeMb: 8, fence: 1 })) as [VolumeSpec, VolumeSpec]
    for (const volume of [from, to]) {
      await volumes.create(volume, recordIo())
      await volumes.attach(volume, recordIo())
    }
    await volumes.write(from, 'there', 'still', recordIo())
    expect(await volumes.copy({ from: from.name, to: to.name }, recordIo())).toMatchObject({ files: 1 })
    const spec = await makeSpec(world, 'tell volume', { owner: to.owner, volume: to.name, place: 'docker', port: false })
    const io = recordIo()
    await world.driver.runOnce(spec, io)
    expect(io.texts(spec.name)).toEqual(['there: still'])
    // Of the first volume and whatever is first sent there; then of each that is sent, as it is started.
    expect(between.lost()).toBeGreaterThan(4)
    await world.driver.remove(spec)
    for (const volume of [from, to]) await world.driver.volumes!.remove(volume, recordIo())
    expect((await world.everything()).filter((thing) => thing.startsWith('volume '))).toEqual([])
    between.close()
  })

  it('is not taken for a registry that fails when it comes and goes in the middle of a pull', async () => {
    const source = await world.makeImage({ procfile: 'web: serve' })
    const lost = { says: 'error creating temporary lease: connection error: desc = "transport: Error while dialing dial unix:///run/containerd.sock: connect: no such file or directory"' }
    const between = await openBetween(world.engine.socketPath, (path, times) => (/\/(images\/create|distribution\/.*)$/.test(path) && times === 1 ? lost : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    const io = recordIo()
    expect(await driver.pull(pullRequest(source), io)).toMatchObject({ version: source.commit })
    expect(io.texts('davit').join('\n')).not.toContain('Could not fetch')
    between.close()
  })

  it('makes a container anew that it was cut off from starting, and begins no command a second time', async () => {
    const lost = { says: 'task 0123456789ab: already exists: unknown' }
    const between = await openBetween(world.engine.socketPath, (path) => (path.endsWith('/start') && refused++ === 0 ? lost : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    let refused = 0
    const spec = await makeSpec(world, 'serve')
    expect(await driver.start(spec, recordIo())).toMatchObject({ name: spec.name, address: { port: expect.any(Number) } })
    expect((await world.driver.list()).filter(({ name }) => name === spec.name)).toMatchObject([{ running: true }])
    refused = 0
    const once = await makeSpec(world, 'say three lines')
    const io = recordIo()
    await expect(driver.runOnce(once, io)).rejects.toMatchObject({ name: 'Refusal', code: 'conflict', message: expect.stringMatching(/without leaving an exit code/) })
    expect(io.texts(once.name)).toEqual([])
    between.close()
  })

  it('is made to let go of the name of a former container, which its network refuses to the next one', async () => {
    const kept = { says: 'endpoint with name of-a-former-one already exists in network none', status: 403 }
    let refuses = true
    let letGo = 0
    const between = await openBetween(world.engine.socketPath, (path) => {
      if (path === '/networks/none/disconnect') letGo++
      if (!refuses || !path.endsWith('/start')) return 'pass'
      refuses = false
      return kept
    })
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    const once = await makeSpec(world, 'say three lines')
    expect(await driver.runOnce(once, recordIo())).toBe(0)
    expect(letGo).toBe(1)
    refuses = true
    const volume: VolumeSpec = { name: freshName('volume'), owner: { id: 1, handle: 'of-1' }, place: 'docker', sizeMb: 8, fence: 1 }
    await driver.volumes!.create(volume, recordIo())
    expect(letGo).toBe(2)
    await driver.remove(once)
    await driver.volumes!.remove(volume, recordIo())
    between.close()
  })

  it('is not asked without a pause whether a container has ended, when it will not wait for that', async () => {
    const spec = await makeSpec(world, 'ignore SIGTERM')
    await world.driver.start(spec, recordIo())
    await untilSaid(world, spec.name, 'stubborn')
    let asked = 0
    const between = await openBetween(world.engine.socketPath, (path) => (path.endsWith('/wait') ? (asked++, { says: 'nobody waits here' }) : 'pass'))
    const driver = createDockerDriver({ ...world.options, socketPath: between.socketPath })
    await driver.stop(spec, 2, recordIo())
    expect(await world.driver.inspect(spec)).toMatchObject({ running: false })
    expect(asked).toBeLessThan(50)
    between.close()
  })
})
