import type { Page } from '@playwright/test'
import type postgres from 'postgres'
import { canHaveEngine } from '../lib/drivers/docker/test-engine.ts'
import { openDatabase } from './support/database.ts'
import { type Harbour, openHarbour } from './support/engine.ts'
import { requestsStated, underLoad } from './support/load.ts'
import { begin, createEndpoint, follow, goUp, openApp, openTab, startDeploy, startScale, succeeded } from './support/person.ts'
import { expect, test } from './support/test.ts'

const secret = 'davit:xyzzy-plugh-0123456789'
/** After `local`: wherever a stack is to be chosen, that one stays the first. */
const stack = 'quay'

test.describe.configure({ mode: 'serial' })
test.skip(!canHaveEngine(), 'there can be no Docker engine here')

let harbour: Harbour
let sql: postgres.Sql

test.beforeAll(async () => {
  test.setTimeout(120_000)
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
  test.setTimeout(180_000)
  const name = 'shop/web'
  const first = await harbour.push(name, 'main', 'v1')
  await createEnvironment(page, 'harbour')
  await createImageApp(page, { handle: 'boat', image: `${harbour.engine.registry}/${name}:main` })
  await expect(page.getByText(`${harbour.engine.registry}/${name}`)).toBeVisible()
  const address = await createEndpoint(page, 'boat', { limitSeconds: 10 })
  await startDeploy(page)
  await succeeded(page)
  const text = async () => await (await fetch(address)).text()
  expect(await text()).toBe('hello from v1\n')
  const port = Number(new URL(address).port)
  const under = async (change: () => Promise<unknown>, end: RegExp) => await underLoad(page, { handle: 'boat', port, answerBytes: 'hello from v1\n'.length }, change, end)

  await under(() => startScale(page, { web: 5 }), /: succeeded$/)
  expect(await harbour.engine.docker.listContainers()).toHaveLength(5)
  expect((await requestsStated(page)).lost).toBe(0)
  expect(first).toMatch(/^sha256:/)
})

async function createEnvironment(page: Page, handle: string) {
  await page.goto('/environments')
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByRole('dialog').getByLabel('Handle').fill(handle)
  await page.getByRole('dialog').getByLabel('Stack').selectOption(stack)
  await page.getByRole('dialog').getByLabel('Default strategy').selectOption('Blue-green')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Create the environment' }))
  await succeeded(page)
  await goUp(page, handle, `Environment ${handle}`)
}

/** On the page of its environment. */
async function createImageApp(page: Page, { handle, image }: { handle: string; image: string }) {
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill(handle)
  await page.getByLabel('Name', { exact: true }).fill(image)
  await begin(page.getByRole('button', { name: 'Create the app' }))
  await succeeded(page)
  await openApp(page, handle)
}
