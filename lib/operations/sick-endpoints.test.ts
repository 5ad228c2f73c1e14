import { expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { listSickEndpoints } from '../endpoint/sick.ts'
import { tester, until } from '../runner/rehearsal.ts'
import { scale } from './scale.ts'
import { inWorld, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

const member = (scopes: Actor['scopes']): Actor => ({ kind: 'user', id: 2, name: 'Eve', email: null, owner: false, scopes })
const sickOf = async (actor: Actor, app: number) => (await listSickEndpoints(actor)).filter((one) => one.app.id === app)

/** Containers of the memory driver answer nobody, so the router finds all of them sick. */
test('an endpoint none of whose containers is healthy is listed, for those who may read its environment', async () => {
  const app = await world.makeServedApp()
  const found = await until(async () => (await sickOf(tester, app))[0])
  expect(found).toMatchObject({ app: { id: app }, serving: { containers: 1, healthy: 0 } })
  expect(await sickOf(member({ [world.environment]: ['read'] }), app)).toEqual([found])
  expect(await sickOf(member({ [world.environment]: ['deploy'] }), app)).toEqual([])
  expect(await sickOf(member({}), app)).toEqual([])
})

test('one that was never deployed, or is scaled to zero, is not', async () => {
  const waiting = await world.makeApp()
  await world.giveEndpoint(waiting)
  const idle = await world.makeServedApp()
  await until(async () => (await sickOf(tester, idle)).length > 0)
  await world.crew.carryOut(scale, { app: idle, formation: { web: 0 } })
  expect(await sickOf(tester, idle)).toEqual([])
  expect(await sickOf(tester, waiting)).toEqual([])
})
