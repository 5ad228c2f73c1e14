import type { Page } from '@playwright/test'
import { addresses } from './support/access-table.ts'
import { openDatabase } from './support/database.ts'
import { makeDatabaseRow } from './support/database-row.ts'
import { makeMember } from './support/people.ts'
import { begin, createApp, createEndpoint, ended, heading, startConfigure, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

/** As long as they may be, and nowhere to break a line. */
const environmentHandle = 'e'.repeat(64)
const appHandle = 'a'.repeat(64)
const databaseHandle = 'd'.repeat(64)
const branch = 'b'.repeat(100)
const note = 'n'.repeat(500)
const email = `${'m'.repeat(60)}@${`${'d'.repeat(60)}.`.repeat(2)}example.org`
const roleName = 'r'.repeat(60)
const personName = 'p'.repeat(100)

test('on a phone no page scrolls sideways, however long the names on it are', async ({ page, board }) => {
  await createEnvironment(page)
  await createApp(page, { environment: environmentHandle, handle: appHandle, sources: [await makeSampleApp(board, {}, { [branch]: { 'davit.yml': 'before_release:\n  - exit 1\n' } })] })
  const app = idOf(page)
  await page.goBack()
  const provision = page.url()
  await page.goForward()
  await createEndpoint(page, appHandle)
  await startDeploy(page, { note })
  await succeeded(page)
  await page.goto(`/apps/${app}`)
  await startConfigure(page, { ['V'.repeat(100)]: 'w'.repeat(200) })
  await succeeded(page)
  await page.goto(`/apps/${app}`)
  const operation = await startDeploy(page, { ref: branch, note })
  await ended(page, /: failed/)
  const walked = { ...(await lookUp(app)), app, operation }
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of [...pagesOf(walked), provision]) {
    await page.goto(path)
    await expect(heading(page).first(), path).toBeVisible()
    await expectToFit(page, path)
  }

  for (const [path, button] of [[`/apps/${app}`, 'Deploy'], [`/apps/${app}`, 'Scale'], [`/apps/${app}`, 'Run a command'], [`/apps/${app}/endpoints`, 'New endpoint'], [`/operations/${operation}`, 'Run again'], ['/roles', 'Rename'], [`/databases/${walked.database}`, 'Restart'], [`/databases/${walked.database}`, 'Back up']] as const) {
    await page.goto(path)
    await page.getByRole('main').getByRole('button', { name: button, exact: true }).last().click()
    const widths = await page.getByRole('dialog').evaluate((dialog) => [dialog.scrollWidth, dialog.clientWidth])
    expect.soft(widths[0], `the dialog ${button} of ${path}`).toBeLessThanOrEqual(widths[1]!)
    await expectToFit(page, `${path} below the dialog ${button}`)
  }
})

async function expectToFit(page: Page, name: string) {
  const [content, room] = await page.evaluate(() => [document.scrollingElement!.scrollWidth, window.innerWidth])
  expect.soft(content, `${name} is no wider than its window`).toBeLessThanOrEqual(room!)
}

async function createEnvironment(page: Page) {
  await page.goto('/environments')
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByRole('dialog').getByLabel('Handle').fill(environmentHandle)
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Create the environment' }))
  await succeeded(page)
}

const idOf = (page: Page) => Number(new URL(page.url()).pathname.split('/').at(-1))

/** Everything else that a page is about, and the people with their long names. */
async function lookUp(app: number) {
  const sql = openDatabase()
  const one = async (rows: Promise<{ id: string }[]>) => Number((await rows)[0]!.id)
  const environment = await one(sql`select environment_id as id from apps where id = ${app}`)
  const { id: member } = await makeMember(sql, 'Phone', { [environment]: ['read', 'deploy'] })
  await sql`update users set name = ${personName}, email = ${email} where id = ${member}`
  await sql`update roles set name = ${roleName} where name = 'Walked Phone'`
  await sql`insert into events (kind, actor_kind, actor_id, actor_name, actor_email, environment_id, environment_handle, detail) values ('role changed', 'user', ${member}, ${personName}, ${email}, ${environment}, ${environmentHandle}, ${note})`
  const endpoint = await one(sql`select id from endpoints where app_id = ${app}`)
  const stack = await one(sql`select stack_id as id from environments where id = ${environment}`)
  const { database } = await makeDatabaseRow(sql, { environment, handle: databaseHandle })
  await makeDatabaseRow(sql, { environment, handle: databaseHandle, gone: true })
  await sql.end()
  return { environment, database, member, endpoint, stack }
}

/** Every page there is: the table is held to be whole by access-walk.spec.ts. */
function pagesOf(walked: Record<string, number>): string[] {
  const signedOut = ['/login', '/setup']
  return Object.keys(addresses)
    .concat('/roles')
    .filter((path) => !path.startsWith('/api/') && !path.includes('.') && !signedOut.includes(path))
    .map((path) => path.replaceAll(/\[(\w+)\]/g, (_, name: string) => String(walked[name])))
}
