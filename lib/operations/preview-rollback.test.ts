import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { releases } from '#drizzle/schema/release.ts'
import { db } from '../db/client.ts'
import { tester } from '../runner/rehearsal.ts'
import { deploy } from './deploy.ts'
import { deprovisionApp } from './deprovision-app.ts'
import { canBeRolledBack, previewRollback } from './rollback.ts'
import { scale } from './scale.ts'
import { currentRelease, inWorld, World } from './world.ts'

let world: World
inWorld((opened) => (world = opened))

test('the form of a rollback says whether the image is kept by looking for it', async () => {
  const app = await world.makeServedApp()
  const { image } = await currentRelease(app)
  world.push()
  const operation = await world.crew.carryOut(deploy, { app })
  expect(await previewRollback(tester, operation)).toMatchObject({ possible: true, image: 'kept' })
  world.engine.images.delete(image.id)
  expect(await previewRollback(tester, operation)).toMatchObject({ possible: true, image: 'built again' })
  const version = `sha256:${'0'.repeat(64)}`
  await db.update(releases).set({ image: { ...image, version } }).where(eq(releases.appId, app))
  expect(await previewRollback(tester, operation)).toMatchObject({ possible: true, image: 'fetched again' })
})

test('the form of a rollback names the deploys whose before_release has run and stays', async () => {
  world.push({ procfile: 'web: serve\nworker: serve' })
  const app = await world.makeServedApp()
  world.push({ procfile: 'web: serve\nworker: serve\nextra: serve' })
  const plain = await world.crew.carryOut(deploy, { app })
  expect((await previewRollback(tester, plain)).released).toEqual([])
  world.push()
  const quiet = await world.crew.carryOut(deploy, { app })
  const scaled = await world.crew.carryOut(scale, { app, formation: { web: 2 } })
  const named = [{ id: quiet, title: expect.any(String) }]
  expect((await previewRollback(tester, quiet)).released).toEqual(named)
  expect((await previewRollback(tester, plain)).released).toEqual(named)
  expect((await previewRollback(tester, scaled)).released).toEqual([])
})

test('nothing is offered where it would be refused, and the form says why', async () => {
  const app = await world.makeServedApp('forgone')
  const operation = await world.crew.carryOut(deploy, { app })
  expect(await canBeRolledBack(operation)).toBe(true)
  await world.crew.carryOut(deprovisionApp, { app, confirm: 'forgone' })
  expect(await canBeRolledBack(operation)).toBe(false)
  expect(await previewRollback(tester, operation)).toMatchObject({ possible: false, why: expect.stringContaining('has been deprovisioned') })
})
