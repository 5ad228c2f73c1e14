import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { openDatabase } from './support/database.ts'
import { createDatabase, fillPlace, givePlace, openDatabasePage, openStackSettings, readUrl, startDatabaseRestart, startLink } from './support/database-person.ts'
import { holdStep } from './support/held-step.ts'
import { makeLedgerApp } from './support/ledger-app.ts'
import { downloadLog, expectInOrder } from './support/log.ts'
import { begin, createApp, createEndpoint, ended, follow, goUp, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { currentRun } from './support/run.ts'
import { expect, test } from './support/test.ts'

/** As a client would, over its connection URL. */
async function ask<T>(url: string, question: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return await question(sql).finally(() => sql.end())
}

/** One row after the other, each committed before the next. */
async function beginLoad(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`create table loaded (n serial)`
  let acknowledged = 0
  let goesOn = true
  const done = (async () => {
    while (goesOn) {
      await sql`insert into loaded default values`
      acknowledged++
    }
  })()
  return {
    acknowledged: () => acknowledged,
    end: async () => {
      goesOn = false
      await done
      await sql.end()
    },
  }
}

test('a database is created, linked to an app, and the app keeps its rows in it', async ({ page }) => {
  const tell = async (text: string) => (await fetch(address, { method: 'POST', body: text })).text()
  await createApp(page, { handle: 'bookkeeper', sources: [await makeLedgerApp()], build: '' })
  const address = await createEndpoint(page, 'bookkeeper')
  await startDeploy(page)
  await succeeded(page)
  expect(await tell('early')).toBe('no database')

  await createDatabase(page, { handle: 'ledger' })
  await expect(page.getByRole('main').getByText('running', { exact: true })).toBeVisible()
  await expect(page.getByText(/^PostgreSQL 18/)).toBeVisible()
  await expect(page.getByText(/of 512 MB$/)).toBeVisible()
  await expect(page.getByRole('region', { name: /^Lines of / })).toContainText('database system is ready to accept connections')
  const url = await readUrl(page)
  expect(await ask(url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
  await openTab(page, 'Activity')
  await expect(page.getByRole('list', { name: 'Activity' }).getByText('Connection URL shown')).toBeVisible()

  await goUp(page, 'production', 'Environment production')
  await follow(page.getByRole('list', { name: 'Apps' }).getByRole('link', { name: 'bookkeeper', exact: true }))
  await startLink(page, 'ledger')
  await succeeded(page)
  expect(await tell('bread')).toBe('bread')
  expect(await tell('apples')).toBe('apples bread')
  expect(await ask(url, (sql) => sql`select text from entries order by 1`)).toEqual([{ text: 'apples' }, { text: 'bread' }])
  expect(await downloadLog(page)).not.toContain(new URL(url).password)

  await openApp(page, 'bookkeeper')
  await openTab(page, 'Configuration')
  await follow(page.getByRole('list', { name: 'Linked databases' }).getByRole('link', { name: 'ledger', exact: true }))
  await expect(page.getByRole('list', { name: 'Linked apps' }).getByRole('listitem')).toHaveText('bookkeeperDATABASE_URL')
  await follow(page.getByRole('list', { name: 'Linked apps' }).getByRole('link', { name: 'bookkeeper' }))
  await page.getByRole('button', { name: 'Unlink DATABASE_URL' }).click()
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Unlink it' }))
  await succeeded(page)
  expect(await tell('late')).toBe('no database')
})

test('a database is restarted to a larger size, and its page says what that cost', async ({ page }) => {
  const buffers = () => ask(url, async (sql) => (await sql<{ set: string }[]>`select current_setting('shared_buffers') as set`)[0]!.set)
  await createDatabase(page, { handle: 'growing', memoryMb: 128 })
  const url = await readUrl(page)
  await ask(url, (sql) => sql`create table kept as select n from generate_series(1, 1000) n`)
  expect(await buffers()).toBe('32MB')

  await startDatabaseRestart(page, { memoryMb: 256 })
  await succeeded(page)
  const felt = page.getByText(/^downtime \d[\d,]* ms of [\d,]+ ms planned$/)
  await expect(felt).toBeVisible()
  const words = (await felt.textContent())!.replace(/^downtime /, '')
  expect(await buffers()).toBe('64MB')
  expect(await ask(url, (sql) => sql`select count(*)::int as n from kept`)).toEqual([{ n: 1000 }])
  await openDatabasePage(page, 'growing')
  await expect(page.getByRole('list', { name: 'Downtime of the last operations' }).getByRole('listitem').filter({ hasText: 'Restart growing with 256 MB of memory' })).toContainText(words)
  await expect(page.getByText('256 MB', { exact: true })).toBeVisible()
})

test('a database moves to another place with all it holds; a move that is cancelled half-way leaves it where it was', async ({ page }) => {
  const folder = await mkdtemp(join(currentRun().folder, 'place-'))
  await givePlace(page, 'local', { name: 'annexe', folder })
  await goUp(page, 'local', 'Stack local')
  await expect(page.getByRole('list', { name: 'Places' }).getByRole('listitem').filter({ hasText: 'annexe' })).toHaveText(/^annexe 0 databases\d+\.\d [GT]B free of \d+\.\d [GT]B$/)
  await createDatabase(page, { handle: 'moving', place: 'local' })
  const url = await readUrl(page)
  const count = () => ask(url, async (sql) => (await sql<{ n: number }[]>`select count(*)::int as n from kept`)[0]!.n)
  await ask(url, (sql) => sql`create table kept as select n from generate_series(1, 1000) n`)

  const sql = openDatabase()
  const attach = await holdStep(sql, 'attach the new volume')
  await startDatabaseRestart(page, { place: 'annexe' })
  // On a slow disk it takes a while until all that was written to a volume is there.
  await expect.poll(attach.reached, { timeout: 60_000 }).toBe(true)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the operation' }).click()
  await expect.poll(attach.cancelWaits).toBe(true)
  await attach.letOn()
  await sql.end()
  // What the step has begun it may have ended before it hears of the cancel.
  await ended(page, /: cancelled( at .*)?, everything was put back$/)
  expectInOrder(await downloadLog(page), ['A rollback began', 'Undone: attach the old volume again', 'Undone: start the old container again, on the old volume', 'The rollback is complete'])
  expect(await count()).toBe(1000)
  await openDatabasePage(page, 'moving')
  await expect(page.getByText('local', { exact: true }).first()).toBeVisible()
  await ask(url, (sql) => sql`insert into kept values (0)`)

  await startDatabaseRestart(page, { place: 'annexe' })
  await succeeded(page)
  await expect(page.getByText(/^downtime \d[\d,]* ms of [\d,]+ ms planned$/)).toBeVisible()
  expect(await count()).toBe(1001)
  await openDatabasePage(page, 'moving')
  await expect(page.getByRole('definition').filter({ hasText: 'annexe' })).toBeVisible()
  const log = page.getByRole('region', { name: /^Lines of / })
  await expect(log).toContainText('reloading configuration files')
  await expect(log).not.toContainText('contains errors')

  await openStackSettings(page, 'local')
  await fillPlace(page, { name: 'nowhere', folder: '/nowhere/at/all' })
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByLabel('Folder').last()).toHaveAccessibleDescription('there is no folder /nowhere/at/all')
  await page.getByRole('button', { name: 'Remove place 2' }).click()
  await page.getByRole('button', { name: 'Remove place 1' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('form', { name: 'Settings of the stack' }).getByRole('alert')).toHaveText(/^The place annexe can be neither taken away nor renamed while moving of \S+ is there\.$/)
})

test('a database is backed up under load and deprovisioned, and what was committed is found in what is restored', async ({ page }) => {
  await createDatabase(page, { handle: 'loaded' })
  const load = await beginLoad(await readUrl(page))
  await expect.poll(load.acknowledged).toBeGreaterThan(100)
  const before = load.acknowledged()
  await page.getByRole('button', { name: 'Back up', exact: true }).click()
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }))
  await succeeded(page)
  await load.end()

  await openDatabasePage(page, 'loaded')
  await openTab(page, 'Backups')
  await expect(page.getByRole('list', { name: 'Backups' }).getByRole('listitem')).toHaveCount(1)
  await openTab(page, 'Settings')
  await page.getByLabel('Back it up first').uncheck()
  await page.getByLabel('Type loaded to confirm').fill('loaded')
  await begin(page.getByRole('button', { name: 'Deprovision the database' }))
  await succeeded(page)

  await goUp(page, 'production', 'Environment production')
  await page.getByText(/no longer there, with backups$/).click()
  await follow(page.getByRole('list', { name: 'Databases no longer there' }).getByRole('link', { name: 'loaded', exact: true }))
  await page.getByRole('button', { name: /^Restore/ }).click()
  await page.getByRole('dialog').getByLabel('Handle of the new database').fill('reloaded')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }))
  await succeeded(page)
  await follow(page.getByRole('link', { name: 'reloaded', exact: true }))
  const rows = await ask(await readUrl(page), async (sql) => (await sql<{ n: number }[]>`select n from loaded order by n`).map(({ n }) => n))
  expect(rows.length).toBeGreaterThanOrEqual(before)
  expect(rows).toEqual(rows.map((_, index) => index + 1))

  await goUp(page, 'production', 'Environment production')
  await page.getByText(/no longer there, with backups$/).click()
  await follow(page.getByRole('list', { name: 'Databases no longer there' }).getByRole('link', { name: 'loaded', exact: true }))
  await page.getByRole('button', { name: /^Purge/ }).click()
  await page.getByLabel('Type loaded to confirm').fill('loaded')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Purge the backup' }))
  await succeeded(page)
  await openDatabasePage(page, 'loaded')
  await expect(page.getByText('No backup is kept.')).toBeVisible()
})

test('a database is made larger, never smaller than what it holds, renamed, and restored from its final backup', async ({ page }) => {
  await createDatabase(page, { handle: 'stored' })
  const url = await readUrl(page)
  await ask(url, async (sql) => {
    await sql`create table kept as select 'a row' as text`
    await sql`create unlogged table wide (text text storage external)`
    await sql`insert into wide select repeat('x', 1000000) from generate_series(1, 260)`
  })
  await page.getByRole('button', { name: 'Resize', exact: true }).click()
  const dialog = page.getByRole('dialog')
  const [size, resize] = [dialog.getByLabel('Volume, in MB'), dialog.getByRole('button', { name: 'Resize', exact: true })]
  await size.fill('256')
  await resize.click()
  await expect(size).toHaveAccessibleDescription(/at least [23]\d\d/)
  await expect(dialog.getByRole('alert')).toHaveText(/^It holds [23]\d\d MB, which is more than 256 MB\.$/)
  await size.fill('600')
  await begin(resize)
  await succeeded(page)
  await openDatabasePage(page, 'stored')
  await expect(page.getByText(/of 600 MB$/)).toBeVisible()
  await ask(url, (sql) => sql`drop table wide`)

  await openTab(page, 'Settings')
  await page.getByLabel('Handle', { exact: true }).fill('storage')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
  await goUp(page, 'production', 'Environment production')
  await follow(page.getByRole('list', { name: 'Databases' }).getByRole('link', { name: 'storage', exact: true }))
  await openTab(page, 'Settings')
  await page.getByLabel('Type storage to confirm').fill('storage')
  await begin(page.getByRole('button', { name: 'Deprovision the database' }))
  await succeeded(page)

  await openDatabasePage(page, 'storage')
  await expect(page.getByRole('list', { name: 'Backups' }).getByRole('listitem')).toContainText(', final')
  await page.getByRole('button', { name: /^Restore/ }).click()
  await page.getByRole('dialog').getByLabel('Handle of the new database').fill('restored')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }))
  await succeeded(page)
  await openDatabasePage(page, 'restored')
  expect(await ask(await readUrl(page), (sql) => sql`select text from kept`)).toEqual([{ text: 'a row' }])
})

test('sizes out of range are told beside their fields, and a handle that is taken', async ({ page }) => {
  await createDatabase(page, { handle: 'taken' })
  await goUp(page, 'production', 'Environment production')
  await expect(page.getByRole('list', { name: 'Databases' }).getByRole('listitem').filter({ hasText: 'taken' })).toContainText('running')
  await follow(page.getByRole('link', { name: 'New database' }))
  const submit = page.getByRole('button', { name: 'Create the database' })
  const [handle, memory, volume] = [page.getByLabel('Handle'), page.getByLabel('Memory, in MB'), page.getByLabel('Volume, in MB')]
  await handle.fill('taken')
  await submit.click()
  await expect(handle).toHaveAccessibleDescription(/taken/)
  await handle.fill('tiny')
  await memory.fill('1')
  await submit.click()
  await expect(memory).toHaveAccessibleDescription(/at least \d+/i)
  await memory.fill('128')
  await volume.fill('16777216')
  await submit.click()
  await expect(volume).toHaveAccessibleDescription(/\d MB are free at local/)
})
