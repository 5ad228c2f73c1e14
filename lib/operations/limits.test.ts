import { expect, test } from 'vitest'
import { scale } from './scale.ts'
import { inWorld, type World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

test('limits are refused where no engine sees to them, and for a service that is not there', async () => {
  const app = await world.makeServedApp()
  const limited = (limits: object) => world.crew.start(scale, { app, formation: {}, limits })
  await expect(limited({ web: { memoryMb: 256 } })).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('leave its limits out') })
  await expect(limited({ nobody: { cpus: 1 } })).rejects.toMatchObject({ fields: { 'limits.nobody': 'no such service' } })
})
