import postgres from 'postgres'
import { moveOut } from '../lib/drivers/docker/docker-world.ts'
import { fetchBase, importPostgres } from '../lib/drivers/docker/test-base.ts'
import { canHaveEngine, openTestEngine, type TestEngine } from '../lib/drivers/docker/test-engine.ts'
import { openDatabase } from './support/database.ts'
import { createDatabase, openDatabasePage, readUrl, startDatabaseRestart, startLink } from './support/database-person.ts'
import { createEnvironment, createImageApp, visit } from './support/docker-person.ts'
import { base, pushImage } from './support/engine.ts'
import { ledgerFiles } from './support/ledger-app.ts'
import { begin, createEndpoint, follow, goUp, openTab, startDeploy, succeeded } from './support/person.ts'
import { expect, test } from './support/test.ts'

/** After `local`: wherever a stack is to be chosen, that one stays the first. */
const stack = 'wharf'
const environment = 'counting-house'

test.skip(() => !canHaveEngine(), 'there can be no Docker engine here')

let engine: TestEngine

test.beforeAll(async () => {
  engine = await openTestEngine()
  await fetchBase(engine, base)
  await importPostgres(engine.docker, `${engine.registry}/library/postgres:18`)
  await moveOut(engine.docker, `${engine.registry}/library/postgres:18`)
  await pushImage(engine, `${engine.registry}/clerk:main`, { ...(await ledgerFiles()), Dockerfile: `FROM ${base}\nCOPY . /app/\n` })
})

test.afterAll(async () => {
  // Its engine ends now: nobody need look for it any more.
  const sql = openDatabase()
  await sql`update stacks set deprovisioned_at = now() where handle = ${stack}`
  await sql.end({ timeout: 1 })
  await engine?.close()
})

test('a database on an engine is linked, restarted, backed up and deprovisioned, and what it held is there once it is restored', async ({ page }) => {
  await visit(page, '/stacks')
  await page.getByRole('button', { name: 'New stack' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Handle').fill(stack)
  await dialog.getByLabel('Docker').check()
  await dialog.getByLabel('Socket of the engine').fill(engine.socketPath)
  await dialog.getByRole('button', { name: 'A registry' }).click()
  await dialog.getByLabel('Registry 1', { exact: true }).fill(engine.registry)
  await dialog.getByLabel('Stands in for').fill('docker.io')
  await begin(dialog.getByRole('button', { name: 'Create the stack' }))
  await succeeded(page)

  await createEnvironment(page, environment, stack)
  await createImageApp(page, { handle: 'clerk', image: `${engine.registry}/clerk:main` })
  const address = await createEndpoint(page, 'clerk')
  await startDeploy(page)
  await succeeded(page)
  const tell = async (text: string) => (await fetch(address, { method: 'POST', body: text })).text()
  expect(await tell('early')).toBe('no database')

  await createDatabase(page, { handle: 'ledger', environment })
  await expect(page.getByRole('main').getByText('running', { exact: true })).toBeVisible()
  await expect(page.getByText(/^PostgreSQL 18/)).toBeVisible()
  await goUp(page, environment, `Environment ${environment}`)
  await follow(page.getByRole('list', { name: 'Apps' }).getByRole('link', { name: 'clerk', exact: true }))
  await startLink(page, 'ledger')
  await succeeded(page)
  expect(await tell('bread')).toBe('bread')

  await goUp(page, environment, `Environment ${environment}`)
  await follow(page.getByRole('list', { name: 'Databases' }).getByRole('link', { name: 'ledger', exact: true }))
  await page.getByRole('button', { name: 'Restart', exact: true }).click()
  await expect(page.getByRole('dialog').getByText('Looking up its places …')).toHaveCount(0)
  await expect(page.getByRole('dialog').getByLabel('Place'), 'there is one place only').toHaveCount(0)
  await page.keyboard.press('Escape')
  await startDatabaseRestart(page, { memoryMb: 256 })
  await succeeded(page)
  await expect(page.getByText(/^downtime \d[\d,]* ms of [\d,]+ ms planned$/)).toBeVisible()
  expect(await tell('apples')).toBe('apples bread')

  await openDatabasePage(page, 'ledger')
  await page.getByRole('button', { name: 'Back up', exact: true }).click()
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }))
  await succeeded(page)
  await openDatabasePage(page, 'ledger')
  await openTab(page, 'Settings')
  await page.getByLabel('Back it up first').uncheck()
  await page.getByLabel('Type ledger to confirm').fill('ledger')
  await begin(page.getByRole('button', { name: 'Deprovision the database' }))
  await succeeded(page)

  await goUp(page, environment, `Environment ${environment}`)
  await page.getByText(/no longer there, with backups$/).click()
  await follow(page.getByRole('list', { name: 'Databases no longer there' }).getByRole('link', { name: 'ledger', exact: true }))
  await page.getByRole('button', { name: /^Restore/ }).click()
  await page.getByRole('dialog').getByLabel('Handle of the new database').fill('restored')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }))
  await succeeded(page)
  await follow(page.getByRole('link', { name: 'restored', exact: true }))
  const sql = postgres(await readUrl(page), { max: 1, onnotice: () => {} })
  expect(await sql`select text from entries order by 1`.finally(() => sql.end())).toEqual([{ text: 'apples' }, { text: 'bread' }])
})
