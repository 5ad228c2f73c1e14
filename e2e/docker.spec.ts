import type { Page } from '@playwright/test'
import type postgres from 'postgres'
import { canHaveEngine, openTestEngine } from '../lib/drivers/docker/test-engine.ts'
import { openDatabase } from './support/database.ts'
import { createEnvironment, createImageApp, visit } from './support/docker-person.ts'
import { base, type Harbour, imageFiles, openHarbour } from './support/engine.ts'
import { requestsStated, underLoad } from './support/load.ts'
import { begin, createEndpoint, follow, goUp, heading, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeRepository } from './support/repository.ts'
import { expect, test } from './support/test.ts'

const secret = 'davit:xyzzy-plugh-0123456789'
/** After `local`: wherever a stack is to be chosen, that one stays the first. */
const stack = 'quay'

test.describe.configure({ mode: 'serial' })
test.skip(() => !canHaveEngine(), 'there can be no Docker engine here')

let harbour: Harbour
let sql: postgres.Sql

test.beforeAll(async () => {
  harbour = await openHarbour()
  sql = openDatabase()
})

test.afterAll(async () => {
  // Its engine ends now: nobody need look for it any more.
  await sql`update stacks set deprovisioned_at = now() where handle = ${stack}`
  await sql.end({ timeout: 1 })
  await harbour.close()
})

const countOperations = async () => (await sql<{ n: number }[]>`select count(*)::int as n from operations`)[0]!.n

test('a stack on an engine is created once the engine answers, and its credentials are shown nowhere', async ({ page }) => {
  await page.goto('/stacks')
  await page.getByRole('button', { name: 'New stack' }).click()
  const dialog = page.getByRole('dialog')
  const found = dialog.getByRole('status', { name: 'What the test found' })
  const socket = dialog.getByLabel('Socket of the engine')
  await dialog.getByLabel('Handle').fill(stack)
  await dialog.getByLabel('Docker').check()
  await expect(socket).toHaveValue('/var/run/docker.sock')
  await socket.fill('/nowhere/engine.sock')
  await dialog.getByRole('button', { name: 'Test the connection' }).click()
  await expect(found).toHaveText('There is no socket at /nowhere/engine.sock. Is the engine running?')
  const before = await countOperations()
  await dialog.getByRole('button', { name: 'Create the stack' }).click()
  await expect(socket).toHaveAttribute('aria-invalid', 'true')
  await expect(socket).toHaveAccessibleDescription(/There is no socket at \/nowhere\/engine\.sock/)
  await expect(dialog.getByRole('alert')).toContainText('The stack could not be used like this, so nothing was recorded.')
  expect(await countOperations()).toBe(before)

  await socket.fill(harbour.socketPath)
  await dialog.getByRole('button', { name: 'Test the connection' }).click()
  await expect(found).toContainText(/The engine answers\.Version\s*Docker \d+.*Platform\s*linux\/.*Processors\s*\d+Memory\s*[\d.]+ GBDisk\s*[\d.]+ GB free of/s)
  await dialog.getByRole('button', { name: 'A registry' }).click()
  await dialog.getByLabel('Registry 1', { exact: true }).fill(harbour.mirror.address)
  await dialog.getByLabel('Stands in for').fill(harbour.engine.registry)
  await dialog.getByLabel('Credential').fill(secret)
  await begin(dialog.getByRole('button', { name: 'Create the stack' }))
  await succeeded(page)

  await goUp(page, stack, `Stack ${stack}`)
  await expect(page.getByRole('main')).toContainText(/Each app has containers of its own, each environment a network of its own\..*Docker \d+/s)
  await openTab(page, 'Settings')
  await expect(page.getByLabel('Credential')).toHaveValue('')
  await expect(page.getByText('One is kept; left empty it stays.')).toBeVisible()
  await page.getByLabel('Default strategy').selectOption('Immediate')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
  const rows = await sql<{ credential: string; given: string }[]>`
    select settings -> 'registries' -> 0 ->> 'credential' as credential, (select string_agg(input::text, ' ') from operations) as given from stacks where handle = ${stack}`
  expect(rows[0]!.credential, 'it was kept, sealed').toMatch(/^v1:/)
  expect(rows[0]!.given).not.toContain('xyzzy')
})

test('an app from an image is deployed, scaled, put back, cancelled and rolled back with no request lost', async ({ page }) => {
  const name = 'shop/web'
  const first = await harbour.push(name, 'main', 'v1')
  await createEnvironment(page, 'harbour', stack)
  await createImageApp(page, { handle: 'boat', image: `${harbour.engine.registry}/${name}:main` })
  await expect(page.getByText(`${harbour.engine.registry}/${name}`)).toBeVisible()
  const address = await createEndpoint(page, 'boat', { limitSeconds: 20 })
  await startDeploy(page)
  await succeeded(page)
  const text = async () => await (await fetch(address)).text()
  expect(await text()).toBe('hello from v1\n')
  const port = Number(new URL(address).port)
  const under = async (change: () => Promise<unknown>, end: RegExp) => await underLoad(page, { handle: 'boat', port, answerBytes: 'hello from v1\n'.length }, change, end)


  await under(async () => {
    await page.getByRole('button', { name: 'Scale', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('web', { exact: true }).fill('5')
    await dialog.getByLabel('Memory of web, in MB').fill('128')
    await dialog.getByLabel('Processors of web').fill('0.5')
    await begin(dialog.getByRole('button', { name: 'Scale', exact: true }))
  }, /^Scale boat: web to 5, 128 MB and 0.5 processors for each web: succeeded$/)
  expect((await requestsStated(page)).lost).toBe(0)
  expect(await limitsOfAll()).toEqual(Array.from({ length: 5 }, () => [128 * 1024 ** 2, 0.5e9]))

  const second = await harbour.push(name, 'main', 'v2')
  await under(() => startDeploy(page), /: succeeded$/)
  expect(await text()).toBe('hello from v2\n')
  expect(await limitsOfAll(), 'limits go on from release to release').toHaveLength(5)
  await openApp(page, 'boat')
  await openTab(page, 'Releases')
  const releases = page.getByRole('list', { name: 'Releases' })
  await expect(releases.getByRole('listitem').first()).toContainText(`${second.slice(0, 19)} (main)`)
  const toDeploy = () => follow(releases.getByRole('link', { name: 'Deploy boat at main' }).first())

  await toDeploy()
  await harbour.push(name, 'deaf', 'deaf')
  await under(() => startDeploy(page, { ref: 'deaf' }), /: failed at “wait until they are healthy”, everything was put back$/)
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText(/nothing listens on PORT \d+/)
  expect(await text()).toBe('hello from v2\n')

  // In the middle of a pull: of a layer that never comes.
  await harbour.push(name, 'v3', 'v3')
  harbour.hold(await harbour.layerOf(name, 'v3'))
  await under(async () => {
    await startDeploy(page, { ref: 'v3' })
    await expect(heading(page)).toContainText(/fetching the image: \d+ of \d+ layers/)
    await cancel(page)
  }, /: cancelled at “fetch and build the image”, everything was put back$/)
  harbour.hold(null)

  // In the middle of a start: the engine was asked to, and has not done it yet.
  harbour.hold(/\/containers\/[^/]+\/start$/)
  await under(async () => {
    await startDeploy(page, { ref: 'v3' })
    await expect.poll(() => harbour.held()).toBeGreaterThan(0)
    await cancel(page)
  }, /: cancelled at “start the new containers beside the old”, everything was put back$/)
  harbour.hold(null)
  expect(await limitsOfAll(), 'and none of what was asked late is left').toHaveLength(5)
  expect(await text()).toBe('hello from v2\n')

  // The tag leads elsewhere by now; the bytes are those of the digest.
  await under(async () => {
    await openTab(page, 'Releases')
    await toDeploy()
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('listitem').filter({ hasText: `Code: ${second.slice(0, 19)} → ${first.slice(0, 19)}` })).toBeVisible()
    await begin(dialog.getByRole('button', { name: 'Roll back', exact: true }))
  }, /: succeeded$/)
  expect(await text()).toBe('hello from v1\n')

  await openApp(page, 'boat')
  await startDeploy(page, { ref: second })
  await succeeded(page)
  expect(await text()).toBe('hello from v2\n')
})

test('what cannot be deployed is refused beside its field, and a repository with a Dockerfile is built', async ({ page }) => {
  await visit(page, '/environments')
  await follow(page.getByRole('link', { name: 'harbour', exact: true }))
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill('dinghy')
  const image = page.getByLabel('Name', { exact: true })
  const ref = page.getByLabel('Tag or digest')
  const create = page.getByRole('button', { name: 'Create the app' })
  await image.fill(`${harbour.engine.registry}/shop/web:nothing`)
  await create.click()
  await expect(ref).toHaveAccessibleDescription(/No source has nothing; use a tag or a digest that was pushed\./)
  await image.fill('https://registry.example.org/shop/web')
  await create.click()
  await expect(image).toHaveAccessibleDescription(/the name of an image, such as/i)

  await page.getByLabel('A git repository with a Dockerfile').check()
  await expect(page.getByLabel('Build command')).toHaveCount(0)
  await page.getByLabel('URL or path').fill(await makeRepository({ ...imageFiles('v4'), 'davit.yml': 'services:\n  worker: {command: node server.js, uptime_seconds: 1}\n' }))
  await begin(create)
  await succeeded(page)
  await openApp(page, 'dinghy')
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'dinghy')
  await expect(page.getByRole('listitem').filter({ hasText: 'web' }).first()).toContainText('1 of 1 running')
  await expect(page.getByRole('listitem').filter({ hasText: 'worker' }).first()).toContainText('1 of 1 running')
})

test('a stack with apps is led to another socket of the same engine, and to no other', async ({ page }) => {
  await visit(page, '/stacks')
  await follow(page.getByRole('list', { name: 'Stacks' }).getByRole('link', { name: stack, exact: true }))
  await openTab(page, 'Settings')
  const socket = page.getByLabel('Socket of the engine')
  const save = page.getByRole('button', { name: 'Save' })
  await socket.fill('/nowhere/engine.sock')
  await save.click()
  await expect(socket).toHaveAccessibleDescription(/There is no socket at \/nowhere\/engine\.sock/)
  const other = await openTestEngine()
  try {
    await socket.fill(other.socketPath)
    await save.click()
    await expect(socket).toHaveAccessibleDescription(/Another engine answers here, and (boat|dinghy) of harbour lives on the one that the stack has/i)
  } finally {
    await other.close()
  }
  await socket.fill(harbour.engine.socketPath)
  await begin(save)
  await succeeded(page)
})

test('what is deprovisioned leaves nothing on the engine', async ({ page }) => {
  for (const handle of ['boat', 'dinghy']) {
    await visit(page, '/environments')
    await follow(page.getByRole('link', { name: 'harbour', exact: true }))
    await follow(page.getByRole('link', { name: handle, exact: true }))
    await openTab(page, 'Settings')
    await page.getByLabel(`Type ${handle} to confirm`).fill(handle)
    await begin(page.getByRole('button', { name: 'Deprovision the app' }))
    await succeeded(page)
  }
  await goUp(page, 'harbour', 'Environment harbour')
  await openTab(page, 'Settings')
  await page.getByLabel('Type harbour to confirm').fill('harbour')
  await begin(page.getByRole('button', { name: 'Deprovision the environment' }))
  await succeeded(page)
  const { docker } = harbour.engine
  expect(await docker.listContainers({ all: true })).toEqual([])
  expect((await docker.listNetworks()).filter(({ Name }) => Name.startsWith('davit-'))).toEqual([])
  expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])).toEqual([base])
})

/** Of every container on the engine: bytes of memory, and billionths of a processor. */
async function limitsOfAll(): Promise<number[][]> {
  const { docker } = harbour.engine
  const all = await docker.listContainers({ all: true })
  return await Promise.all(
    all.map(async ({ Id }) => {
      const { HostConfig } = await docker.getContainer(Id).inspect()
      return [HostConfig.Memory ?? 0, HostConfig.NanoCpus ?? 0]
    }),
  )
}

async function cancel(page: Page) {
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the operation' }).click()
}
