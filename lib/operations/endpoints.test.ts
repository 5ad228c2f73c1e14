import { describe, expect, test } from 'vitest'
import { db } from '../db/client.ts'
import { CreateEndpoint } from '../endpoint/schema.ts'
import { testOperation } from '../runner/contract.ts'
import { deprovisionEndpoint } from './deprovision-endpoint.ts'
import { provisionEndpoint } from './provision-endpoint.ts'
import { updateEndpoint } from './update-endpoint.ts'
import { inWorld, openStage, type World } from './world.ts'

let made = 0
const freshHost = () => `shop-${++made}.test`
const hostsOf = async (world: World) => (await world.table()).map(({ host }) => host)

testOperation(provisionEndpoint, () =>
  openStage(async (world) => {
    const app = await world.makeServedApp()
    return async () => {
      const host = freshHost()
      return { input: { app, service: 'web', host }, bePromised: async () => expect(await hostsOf(world)).toContain(host) }
    }
  }),
)

testOperation(updateEndpoint, () =>
  openStage(async (world) => {
    const app = await world.makeServedApp()
    const endpoint = await world.giveEndpoint(app, 'web', freshHost())
    return async () => {
      const host = freshHost()
      return {
        input: { endpoint, host, path: '/up', strict: true, maintenancePage: 'Back soon' },
        bePromised: async () => expect((await world.table()).find(({ id }) => id === endpoint)).toMatchObject({ host, health: { path: '/up', strict: true }, maintenancePage: 'Back soon' }),
      }
    }
  }),
)

testOperation(deprovisionEndpoint, () =>
  openStage(async (world) => {
    const app = await world.makeServedApp()
    return async () => {
      const host = freshHost()
      const endpoint = await world.giveEndpoint(app, 'web', host)
      return { input: { endpoint, confirm: host }, bePromised: async () => expect(await hostsOf(world)).not.toContain(host) }
    }
  }),
)

describe('the title of an endpoint that is made', () => {
  let world: World
  inWorld((opened) => (world = opened))

  test('says what the service is given', async () => {
    const app = await world.makeApp('storefront')
    for (const [address, title] of [
      [{ host: 'shop.example.org' }, 'Give storefront web the address shop.example.org'],
      [{ port: 0 }, 'Give storefront web a port of its own'],
      [{ port: 10_003 }, 'Give storefront web the port 10003'],
    ] as const) {
      const target = await db.transaction((tx) => provisionEndpoint.target(CreateEndpoint.parse({ app, service: 'web', ...address }), tx))
      expect(target.title).toBe(title)
    }
  })
})
