import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Page } from '@playwright/test'
import type postgres from 'postgres'
import { openDatabase } from './support/database.ts'
import { begin, createApp, follow, goUp, heading, openTab, succeeded } from './support/person.ts'
import { makeRepository } from './support/repository.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test as base } from './support/test.ts'

const test = base.extend<{ sql: postgres.Sql }>({
  sql: async ({}, use) => {
    const sql = openDatabase()
    await use(sql)
    await sql.end({ timeout: 1 })
  },
})

const nothingRecorded = 'It could not be deployed like this, so nothing was recorded.'
const refField = 'Branch, tag or commit'
const urlField = 'URL or path'
const odd = { 'davit.yml': 'services:\n  worker:\n    uptime_seconds: soon\n' }
const oddLine = 'davit.yml, line 3, services.worker.uptime_seconds: a whole number'

/** What is said beside a field, as a screen reader finds it there. */
async function saysBeside(page: Page, label: string, text: string | RegExp) {
  const field = page.getByLabel(label, { exact: true })
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toHaveAccessibleDescription(typeof text === 'string' ? new RegExp(`^(.* )?${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : text)
}

async function countOperations(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`select count(*)::int as count from operations`
  return row!.count
}

test('an app whose source cannot be deployed is refused beside the field, nothing is recorded, and what was typed stays', async ({ page, board, sql }) => {
  const source = await makeSampleApp(board, {}, { bare: { Procfile: null }, odd })
  await page.goto('/environments')
  await follow(page.getByRole('link', { name: 'production', exact: true }))
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill('doubted')
  await page.getByLabel('Build command').fill('sh build.sh')
  await page.getByRole('button', { name: 'It needs a deploy key or token' }).click()
  await page.getByLabel('Deploy key or token').fill('token-0123456789')
  const before = await countOperations(sql)
  for (const [url, ref, label, says] of [
    ['/nowhere/storefront.git', 'main', urlField, 'Davit cannot fetch from here. Not found: there is no folder /nowhere/storefront.git'],
    ['http://127.0.0.1:9/storefront.git', 'main', urlField, /Davit cannot fetch from here\. Host unreachable: /],
    [source, 'no-such-branch', refField, 'No source has no-such-branch; use a branch, a tag or a commit that was pushed.'],
    [source, 'bare', refField, /There is no Procfile at the root of the repository\. Add one/],
    [source, 'odd', refField, oddLine],
  ] as const) {
    await page.getByLabel(urlField, { exact: true }).fill(url)
    await page.getByLabel(refField).fill(ref)
    await page.getByRole('button', { name: 'Create the app' }).click()
    await saysBeside(page, label, says)
    await expect(page.getByRole('alert').filter({ hasText: nothingRecorded })).toBeVisible()
    for (const [field, typed] of [['Handle', 'doubted'], [urlField, url], [refField, ref], ['Build command', 'sh build.sh'], ['Deploy key or token', 'token-0123456789']] as const) {
      await expect(page.getByLabel(field, { exact: true })).toHaveValue(typed)
    }
    await expect(page.getByText('token-0123456789')).toHaveCount(0)
    expect(await countOperations(sql)).toBe(before)
  }
  await page.getByLabel(refField).fill('main')
  await begin(page.getByRole('button', { name: 'Create the app' }))
  await succeeded(page)
  expect(await countOperations(sql)).toBe(before + 1)
})

test('a deploy of what cannot be deployed is refused beside the ref, and nothing is recorded', async ({ page, board, sql }) => {
  const source = await makeSampleApp(board, {}, { bare: { Procfile: null }, odd })
  await createApp(page, { handle: 'undeployable', sources: [source] })
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Note').fill('before the weekend')
  const before = await countOperations(sql)
  for (const [ref, says] of [
    ['no-such-branch', 'No source has no-such-branch; use a branch, a tag or a commit that was pushed.'],
    ['0123456789abcdef0123456789abcdef01234567', /No source has 0123456789abcdef/],
    ['bare', /There is no Procfile at the root of the repository\. Add one/],
    ['odd', oddLine],
  ] as const) {
    await dialog.getByLabel(refField).fill(ref)
    await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
    await saysBeside(page, refField, says)
    await expect(dialog.getByLabel(refField)).toBeFocused()
    await expect(dialog.getByLabel(refField)).toHaveValue(ref)
    await expect(dialog.getByLabel('Note')).toHaveValue('before the weekend')
    expect(await countOperations(sql)).toBe(before)
  }
  await dialog.getByLabel(refField).fill('main')
  await begin(dialog.getByRole('button', { name: 'Deploy', exact: true }))
  await succeeded(page)
  await expect(page.getByText('“before the weekend”')).toBeVisible()
})

test('a change of sources is refused beside the field, and a new handle alone is not', async ({ page, sql }) => {
  const source = await makeRepository({ Procfile: 'web: node server.js\n' })
  await createApp(page, { handle: 'resettled', sources: [source] })
  await openTab(page, 'Settings')
  const before = await countOperations(sql)
  await page.getByLabel(urlField, { exact: true }).fill('/nowhere/else.git')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await saysBeside(page, urlField, 'Davit cannot fetch from here. Not found: there is no folder /nowhere/else.git')
  expect(await countOperations(sql)).toBe(before)

  await sql`update apps set sources = ${sql.json([{ url: '/nowhere/else.git', credential: null }])} where handle = 'resettled'`
  await page.reload()
  await page.getByLabel('Handle').fill('resettled-again')
  await begin(page.getByRole('button', { name: 'Save', exact: true }))
  await succeeded(page)
  await goUp(page, 'resettled', 'App resettled-again')
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was recorded: main could not be fetched: not found: there is no folder /nowhere/else.git' })).toBeVisible()
  expect(await countOperations(sql)).toBe(before + 1)
  await page.keyboard.press('Escape')
  await expect(heading(page)).toHaveText('App resettled-again')
})

test('a source that is too slow to be told of is left to the operation, and nothing goes on asking it', async ({ page, sql }) => {
  const callers = new Set<Socket>()
  let calls = 0
  const silent = createServer((socket) => {
    calls++
    callers.add(socket.on('error', () => {}).on('close', () => callers.delete(socket)).resume())
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const before = await countOperations(sql)
  await page.goto('/environments')
  await follow(page.getByRole('link', { name: 'production', exact: true }))
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill('patient-one')
  await page.getByLabel(urlField, { exact: true }).fill(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/x.git`)
  await page.getByRole('button', { name: 'Create the app' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Looking at the repository…' })).toBeVisible()
  await expect.poll(() => calls).toBeGreaterThan(0)
  await succeeded(page)
  expect(await countOperations(sql)).toBe(before + 1)
  await expect.poll(() => callers.size).toBe(0)
  silent.close()
})
