import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshName, makeSpec, recordIo, untilSaid } from '../contract/world.ts'
import { openDockerWorld, type DockerWorld } from './docker-world.ts'
import { createDockerDriver } from './driver.ts'
import { openBetween } from './test-between.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

describe.runIf(canHaveEngine())('the network of an environment', () => {
  let world: DockerWorld
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine({ apart: true }), 'repository')
  })
  afterAll(async () => {
    await world.close()
  })

  const networks = async () => (await world.everything()).filter((one) => one.startsWith('network'))
  const asks = (urls: string[], patienceMs: number) => {
    const look = `for (const url of ${JSON.stringify(urls)}) await fetch(url, { signal: AbortSignal.timeout(${patienceMs}) }).then(() => console.log('reached'), () => console.log('no answer'))
      // A name may be looked for a long time yet.
      process.exit(0)`
    return `node --input-type=module -e "${look.replaceAll('"', "'")}"`
  }

  it('lets its containers reach each other, also another app, by address and by name, and nobody of another environment', async () => {
    const serving = await makeSpec(world, 'serve', { environment: 1 })
    const { address } = await world.driver.start(serving, recordIo())
    await untilSaid(world, serving.name, 'serving')
    const answers = async (changes: object, patienceMs = 60_000) => {
      const urls = [address!.host, serving.name].map((host) => `http://${host}:${address!.port}/`)
      const spec = { ...serving, ...changes, name: freshName('asks'), command: asks(urls, patienceMs), port: false }
      const io = recordIo()
      expect(await world.driver.runOnce(spec, io)).toBe(0)
      return io.texts(spec.name)
    }
    expect(await answers({ environment: 1 })).toEqual(['reached', 'reached'])
    expect(await answers({ environment: 1, owner: { id: 81, handle: 'neighbour' } })).toEqual(['reached', 'reached'])
    expect(await answers({ environment: 2 }, 1000)).toEqual(['no answer', 'no answer'])
  })

  it('goes with the last container of the environment, and comes again with the next', async () => {
    const before = await networks()
    const one = await makeSpec(world, 'serve', { environment: 3, owner: { id: 82, handle: 'one' } })
    const other = { ...one, name: freshName('other'), owner: { id: 83, handle: 'other' }, image: (await makeSpec(world, 'serve')).image }
    for (const spec of [one, other]) await world.driver.start(spec, recordIo())
    const during = await networks()
    expect(during).toHaveLength(before.length + 1)
    await world.driver.forget(82)
    expect(await networks()).toEqual(during)
    await world.driver.stop(other, 0, recordIo())
    expect((await world.another.kept()).map(({ owner }) => owner)).not.toContain(Number.NaN)
    expect(await networks()).toEqual(during)
    await world.driver.remove(other)
    await world.another.kept()
    expect(await networks()).toEqual(before)
    await world.driver.start(other, recordIo())
    expect(await networks()).toEqual(during)
  })

  it('stays until the next look while a container on its way out is still in it', async () => {
    const before = await networks()
    const spec = await makeSpec(world, 'serve', { environment: 4 })
    await world.driver.start(spec, recordIo())
    await world.driver.stop(spec, 0, recordIo())
    await world.driver.remove(spec)
    let refused = 0
    const between = await openBetween(world.engine.socketPath, (path) => {
      if (!path.startsWith('/networks/')) return 'pass'
      refused++
      return { says: 'network has active endpoints', status: 403 }
    })
    await createDockerDriver({ ...world.options, socketPath: between.socketPath }).kept()
    between.close()
    expect(refused).toBe(1)
    // Looking, another sees to it.
    expect(await networks()).toEqual(before)
  })
})

describe.runIf(canHaveEngine())('the network of an environment on a machine with two engines', () => {
  const worlds: DockerWorld[] = []
  beforeAll(async () => {
    for (const _ of [1, 2]) worlds.push(await openDockerWorld(await openTestEngine(), 'image'))
  })
  afterAll(async () => {
    for (const world of worlds) await world.close()
  })

  it('has a range that no other engine has taken, also where nothing runs on it', async () => {
    const [first, second] = worlds as [DockerWorld, DockerWorld]
    const idle = await makeSpec(first, 'serve')
    const one = await first.driver.start(idle, recordIo())
    await first.driver.stop(idle, 0, recordIo())
    const driver = createDockerDriver({ ...second.options, networks: first.options.networks })
    const serving = await makeSpec(second, 'serve')
    const other = await driver.start(serving, recordIo())
    await driver.waitUntilHealthy(serving, { kind: 'http', path: '/', strict: true, limitSeconds: 20, intervalMs: 50 }, recordIo())
    const networkOf = (host: string) => host.split('.').slice(0, 3).map(Number).map((part, index) => (index === 2 ? part >> 2 : part)).join('.')
    expect(networkOf(other.address!.host)).not.toBe(networkOf(one.address!.host))
  })
})
