import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshName, makeSpec, recordIo, untilSaid } from '../contract/world.ts'
import type { VolumeSpec } from '../volumes.ts'
import { openDockerWorld, type DockerWorld } from './docker-world.ts'
import { engineName } from './labels.ts'
import { canHaveEngine, openTestEngine } from './test-engine.ts'

describe.runIf(canHaveEngine())('a volume of an engine', () => {
  let world: DockerWorld
  beforeAll(async () => {
    world = await openDockerWorld(await openTestEngine(), 'image')
  })
  afterAll(async () => {
    await world.close()
  })

  const volumes = () => world.driver.volumes!
  async function make(): Promise<VolumeSpec> {
    const volume = { name: freshName('volume'), owner: { id: 71, handle: 'ledger' }, place: 'docker', sizeMb: 8, fence: 1 }
    await volumes().create(volume, recordIo())
    await volumes().attach(volume, recordIo())
    return volume
  }
  const specOn = async ({ name, owner }: VolumeSpec) => ({ ...(await makeSpec(world, 'serve', { owner, environment: 7 })), volume: name, place: 'docker' })

  it('has its size told to everybody who asks at once', async () => {
    const volume = await make()
    await volumes().write(volume, 'there', 'x'.repeat(2 * 1024 ** 2), recordIo())
    const told = await Promise.all(Array.from({ length: 5 }, () => volumes().inspect(volume)))
    for (const state of told) expect(state).toMatchObject({ reachable: true, usedMb: expect.any(Number) })
    expect(told[0]!.usedMb).toBeGreaterThanOrEqual(2)
  })

  it('belongs to a uid that has a name in the container on it, whatever user its image has', async () => {
    const spec = await specOn(await make())
    const io = recordIo()
    await world.driver.runOnce({ ...spec, command: `node -e "const { username, uid } = require('node:os').userInfo(); console.log(username, uid, require('node:fs').statSync(process.env.VOLUME).uid)"` }, io)
    expect(io.texts(spec.name)).toEqual([expect.stringMatching(/^davit (640\d{3}) \1$/)])
    await world.driver.remove(spec)
  })

  it('that the engine no longer has is told of, and nothing starts on an empty one in its place', async () => {
    const volume = await make()
    await world.engine.docker.getVolume(engineName(world.options.realm, volume.name)).remove()
    expect(await volumes().inspect(volume)).toMatchObject({ reachable: false, attached: false })
    const spec = await specOn(volume)
    await expect(world.driver.start(spec, recordIo())).rejects.toMatchObject({ name: 'Refusal', code: 'not_found', message: expect.stringMatching(/The engine has no volume .* any more/) })
    expect((await world.everything()).filter((thing) => thing.startsWith('volume ') && thing.includes(volume.name))).toEqual([])
    await volumes().remove(volume, recordIo())
    expect(await volumes().inspect(volume)).toBeNull()
  })

  it('is served at the same address also after the network of its environment went', async () => {
    const spec = { ...(await specOn(await make())), listensAs: freshName('listener') }
    const { address } = await world.driver.start(spec, recordIo())
    await untilSaid(world, spec.name, 'serving')
    await world.driver.remove(spec)
    await world.driver.kept()
    expect((await world.everything()).filter((thing) => thing.startsWith('network'))).toEqual([])
    const other = await makeSpec(world, 'serve', { environment: 8 })
    expect((await world.driver.start(other, recordIo())).address?.host).not.toBe(address?.host)
    expect((await world.driver.start({ ...spec, name: freshName('c') }, recordIo())).address).toEqual(address)
  })

  it('leaves nothing of Davit on the engine once it was the last', async () => {
    for (const container of await world.driver.list()) await world.driver.remove(container)
    for (const volume of await volumes().list()) await volumes().remove(volume, recordIo())
    expect((await world.everything()).filter((thing) => /^volume |:porter-/.test(thing))).toEqual([])
  })
})
