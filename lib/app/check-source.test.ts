import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { apps } from '#drizzle/schema/app.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Actor, Scope } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import type { Driver } from '../drivers/driver.ts'
import { offerDriver } from '../drivers/index.ts'
import { createMemoryDriver } from '../drivers/memory/driver.ts'
import { createMemoryWorld } from '../drivers/memory/world.ts'
import { seal } from '../secret/seal.ts'
import { checkChangedApp, checkDeploy, checkNewApp } from './check-source.ts'
import { CreateApp, UpdateApp } from './schema.ts'

const url = 'https://git.example.org/storefront'
const nowhere = 'https://git.example.org/nowhere'
const nothingRecorded = 'It could not be deployed like this, so nothing was recorded.'
const undo: (() => void)[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const step of undo.splice(0)) step()
})

async function resource(kind: string, environmentId: number | null = null) {
  const [row] = await db.insert(resources).values({ kind, handle: randomUUID(), environmentId }).returning()
  return row!
}

/** An app on a stack whose driver is an engine in memory, unless another is given. */
async function setUp(driver?: Partial<Driver>) {
  const engine = createMemoryWorld()
  const asked = { times: 0 }
  const name = `memory-${randomUUID()}`
  undo.push(offerDriver(name, () => {
    asked.times++
    return (driver as Driver | undefined) ?? createMemoryDriver(engine)
  }))
  engine.push(url, { procfile: 'web: serve' })
  const [stack, environment] = [await resource('stack'), await resource('environment')]
  const app = await resource('app', environment.id)
  await db.insert(stacks).values({ id: stack.id, handle: stack.handle, driver: name })
  await db.insert(environments).values({ id: environment.id, stackId: stack.id, handle: environment.handle })
  await db.insert(apps).values({ id: app.id, environmentId: environment.id, handle: app.handle, sources: [{ url, credential: seal('token') }], ref: 'main' })
  const as = (...scopes: Scope[]): Actor => ({ kind: 'user', id: 2, name: 'Eve', email: null, owner: false, scopes: { [environment.id]: scopes } })
  const fresh = (changes: object = {}) => CreateApp.parse({ environment: environment.id, handle: 'shop', sources: [{ url }], ref: 'main', ...changes })
  const changed = (changes: object = {}) => UpdateApp.parse({ app: app.id, handle: 'shop', sources: [{ url }], ref: 'main', ...changes })
  return { engine, asked, app: app.id, environment: environment.id, as, fresh, changed, eve: as('deploy') }
}

test('whoever may not deploy there is answered as for an unknown id, and no source is asked', async () => {
  const { asked, app, as, fresh, changed } = await setUp()
  const unknown = 999_999
  for (const stranger of [as(), { ...as(), scopes: { 987_654: ['admin'] } } satisfies Actor]) {
    for (const check of [
      () => checkNewApp(stranger, fresh()), () => checkNewApp(stranger, fresh({ environment: unknown })),
      () => checkChangedApp(stranger, changed({ ref: 'other' })), () => checkChangedApp(stranger, changed({ app: unknown })),
      () => checkDeploy(stranger, { app }), () => checkDeploy(stranger, { app: unknown }),
    ]) await expect(check()).rejects.toMatchObject({ code: 'not_found', message: 'There is nothing here that you may see.' })
  }
  for (const check of [() => checkNewApp(as('read'), fresh()), () => checkChangedApp(as('operate'), changed({ ref: 'other' })), () => checkDeploy(as('read'), { app })]) {
    await expect(check()).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(asked.times).toBe(0)
})

test('what can be deployed passes', async () => {
  const { app, fresh, changed, eve } = await setUp()
  await checkNewApp(eve, fresh())
  await checkNewApp(eve, fresh({ sources: [{ url: nowhere }, { url }] }))
  await checkChangedApp(eve, changed({ ref: 'HEAD' }))
  await checkDeploy(eve, { app })
})

test('a source that does not answer and a ref that does not exist are told beside their fields', async () => {
  const { app, engine, fresh, changed, eve } = await setUp()
  const silent = 'Davit cannot fetch from here. No answer'
  const missing = 'No source has other; use a branch, a tag or a commit that was pushed.'
  await expect(checkNewApp(eve, fresh({ sources: [{ url: nowhere }] }))).rejects.toMatchObject({ code: 'unavailable', message: nothingRecorded, fields: { 'sources.0.url': silent } })
  await expect(checkNewApp(eve, fresh({ ref: 'other' }))).rejects.toMatchObject({ code: 'invalid', fields: { ref: missing } })
  await expect(checkChangedApp(eve, changed({ sources: [{ url: nowhere }, { url }], ref: 'other' }))).rejects.toMatchObject({ fields: { ref: missing, 'sources.0.url': silent } })
  await expect(checkDeploy(eve, { app, ref: 'other' })).rejects.toMatchObject({ code: 'invalid', message: nothingRecorded, fields: { ref: missing } })
  engine.takeDown(url)
  await expect(checkDeploy(eve, { app })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/^Nothing was recorded: main could not be fetched.*\n.*Settings\.$/), fields: {} })
})

test('what the tree at a ref lacks or declares wrongly is told beside the ref', async () => {
  const { app, engine, fresh, eve } = await setUp()
  for (const [files, says] of [
    [{ procfile: null }, /^There is no Procfile/],
    [{ procfile: 'web serve' }, /^Procfile, line 1: /],
    [{ procfile: 'web: serve', davitYml: 'services:\n  web:\n    uptime_seconds: soon\n' }, /^davit\.yml, line 3, services\.web\.uptime_seconds: a whole number$/],
  ] as const) {
    engine.push(url, files)
    const refused = { code: 'invalid', message: nothingRecorded, fields: { ref: expect.stringMatching(says) } }
    await expect(checkNewApp(eve, fresh())).rejects.toMatchObject(refused)
    await expect(checkDeploy(eve, { app })).rejects.toMatchObject(refused)
  }
})

test('an app can be renamed while its repository is away', async () => {
  const { engine, changed, eve } = await setUp()
  engine.takeDown(url)
  await checkChangedApp(eve, changed({ handle: 'another-name', buildCommand: 'make' }))
  await expect(checkChangedApp(eve, changed({ sources: [{ url, credential: 'another token' }] }))).rejects.toMatchObject({ code: 'unavailable' })
})

test('a credential that is kept is tried where the address stays', async () => {
  const tried: unknown[] = []
  const { app, changed, eve } = await setUp({
    preview: async ({ sources }) => {
      tried.push(sources)
      return null
    },
  })
  await checkChangedApp(eve, changed({ sources: [{ url: nowhere }, { url }] }))
  await checkChangedApp(eve, changed({ sources: [{ url, credential: 'newer' }] }))
  await checkDeploy(eve, { app })
  expect(tried).toEqual([
    [{ url: nowhere, credential: null }, { url, credential: 'token' }],
    [{ url, credential: 'newer' }],
    [{ url, credential: 'token' }],
  ])
})

test('a credential that was sealed under another key can be replaced', async () => {
  const { app, changed, eve } = await setUp()
  await db.update(apps).set({ sources: [{ url, credential: 'v1:of another key' }] }).where(eq(apps.id, app))
  await checkChangedApp(eve, changed({ sources: [{ url, credential: 'newer' }] }))
  await expect(checkDeploy(eve, { app })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Enter it again under Settings') })
})

test('what cannot be told within the limit, or just now, is left to the operation', async () => {
  const { app, engine, fresh, eve } = await setUp()
  const limit = new AbortController()
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal)
  const gate = engine.hold('preview')
  engine.takeDown(url)
  const checked = checkNewApp(eve, fresh())
  await gate.reached
  limit.abort(new Error('ten seconds are over'))
  await checked
  await checkDeploy(eve, { app })
  const busy = await setUp({ preview: async () => null })
  await checkDeploy(busy.eve, { app: busy.app })
})

test('a fault of ours is no refusal', async () => {
  const { app, engine, eve } = await setUp()
  engine.fail('preview', new Error('the engine is on fire'))
  await expect(checkDeploy(eve, { app })).rejects.toThrow('on fire')
})
