import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import Papa from 'papaparse'
import type postgres from 'postgres'
import { aWeekLater, openDatabase, tamper } from './support/database.ts'
import { begin, createApp, download, ended, goUp, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { currentRun } from './support/run.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test as base } from './support/test.ts'

const test = base.extend<{ sql: postgres.Sql }>({
  sql: async ({}, use) => {
    const sql = openDatabase()
    await use(sql)
    await sql.end({ timeout: 1 })
  },
})

const reports = (page: Page) => page.getByRole('list', { name: 'Activity reports' }).getByRole('listitem').filter({ has: page.getByRole('heading') })

/** As an administrator would run it beside the Davit under test. */
async function verify(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../lib/report/main.ts'), ...args], { env: { ...process.env, DAVIT_DATA: currentRun().data, DATABASE_URL: '' } })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, says: out + err }
}

async function createEnvironment(page: Page, handle: string): Promise<number> {
  await page.goto('/environments')
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByRole('dialog').getByLabel('Handle').fill(handle)
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Create the environment' }))
  await succeeded(page)
  await goUp(page, handle, `Environment ${handle}`)
  return Number(page.url().split('/').at(-1))
}

test('last week’s report is made by itself, downloaded, looked at and verified, and one changed byte is named', async ({ page, board, sql }) => {
  const environment = await createEnvironment(page, 'ledger')
  await createApp(page, { handle: 'books', environment: 'ledger', sources: [await makeSampleApp(board)] })
  await startDeploy(page, { note: '=1+1, "a formula"' })
  await succeeded(page)
  await openApp(page, 'books')
  await startDeploy(page, { ref: 'unbuildable' })
  await ended(page, /: failed/)

  await page.goto(`/environments/${environment}`)
  await openTab(page, 'Activity Reports')
  await expect(page.getByText('No report has been made yet.')).toBeVisible()
  const open = page.getByRole('region', { name: / so far not sealed$/ })
  await open.getByRole('button', { name: /^Look at / }).click()
  await expect(open.getByRole('row')).toHaveCount(5)
  await expect(open.getByText('4 rows, all of them.')).toBeVisible()
  const soFar = await download(open.getByRole('link', { name: /^Download CSV/ }))
  expect(soFar.suggestedFilename()).toMatch(/^ledger-\d{4}-W\d\d-so-far-unsealed\.csv$/)
  const unsealed = await readFile(await soFar.path(), 'utf8')

  await aWeekLater(sql, environment)
  // The runner finds what is due, and the page hears of it.
  await expect(reports(page)).toHaveCount(1)
  const report = reports(page).first()
  await expect(report).toContainText('4 operations')
  await expect(report).toContainText('1 failure')
  await expect(report).toContainText('1 rollback')
  await expect(report).toContainText('not verified yet')

  const link = report.getByRole('link', { name: /^Download CSV/ })
  const path = await link.getAttribute('href')
  const sealed = await download(link)
  expect(sealed.suggestedFilename()).toMatch(/^ledger-\d{4}-W\d\d\.csv$/)
  const csv = await readFile(await sealed.path(), 'utf8')
  const { data, meta } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true, newline: '\r\n' })
  const rows = await sql`
    select id, type, status, resource_handle, note, error, extract(epoch from finished_at) as ended from operations
    where environment_id = ${environment} and finished_at < date_trunc('week', now() at time zone 'UTC') at time zone 'UTC' order by finished_at`
  expect(meta.fields).toHaveLength(26)
  expect(data.map((row) => [row.operation_id, row.type, row.status, row.resource_handle])).toEqual(rows.map((row) => [row.id, row.type, row.status, row.resource_handle]))
  for (const [index, row] of rows.entries()) expect(Math.abs(Date.parse(data[index]!.finished_at!) / 1000 - Number(row.ended))).toBeLessThan(0.001)
  expect(data.map(({ note }) => note).filter(Boolean)).toEqual([`'=1+1, "a formula"`])
  expect(data.at(-1)!.error).toBe(rows.at(-1)!.error)
  expect(unsealed.split('\r\n').length).toBe(csv.split('\r\n').length)

  const answer = await page.request.get(path!, { headers: { 'accept-encoding': 'GZIP' } })
  expect(answer.headers()['content-encoding']).toBe('gzip')
  expect(await answer.text()).toBe(csv)
  const seal = answer.headers()['davit-seal']!
  await expect(report).toContainText(seal.slice(0, 12))
  expect(await verify(await sealed.path(), seal)).toMatchObject({ code: 0 })
  expect(await verify(await sealed.path(), seal, answer.headers()['davit-seal-before']!)).toMatchObject({ code: 0 })
  expect(await verify(await soFar.path(), seal)).toMatchObject({ code: 1 })

  await report.getByRole('button', { name: /^Look at / }).click()
  await expect(report.getByRole('row')).toHaveCount(5)
  await expect(report.getByRole('row').filter({ hasText: '=1+1' })).toContainText('deploy')
  await expect(report.getByRole('figure')).toContainText('3 succeeded, 1 failed')
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])

  expect(await verify()).toMatchObject({ code: 0, says: expect.stringContaining('none is missing') })
  await page.reload()
  await expect(report).toContainText(/verified \d{4}-/)
  const flip = () =>
    tamper(sql, (tx) => tx`
      update report_chunks c set bytes = set_byte(c.bytes, 40, get_byte(c.bytes, 40) # 1)
      from reports r where r.operation_id = c.operation_id and r.environment_id = ${environment} and c.seq = 1`)
  await flip()
  const found = await verify()
  expect(found.code).toBe(1)
  expect(found.says).toMatch(/the first is ledger \d{4}-W\d\d\.\s*$/)
  await page.reload()
  await expect(report).toContainText('Does not match: what is stored is not what was sealed')
  await flip()
  expect(await verify()).toMatchObject({ code: 0 })

  const downloaded = await sql<{ detail: string }[]>`select detail from events where kind = 'report downloaded' and environment_id = ${environment} order by id`
  expect(downloaded.map(({ detail }) => detail)).toContain(sealed.suggestedFilename())
})

test('the last week of a deprovisioned environment is sealed and stays', async ({ page, sql }) => {
  const environment = await createEnvironment(page, 'short-term')
  await openTab(page, 'Settings')
  await page.getByLabel('Type short-term to confirm').fill('short-term')
  await begin(page.getByRole('button', { name: 'Deprovision the environment' }))
  await succeeded(page)
  await page.goto(`/environments/${environment}/reports`)
  await expect(reports(page)).toHaveCount(1)
  await expect(reports(page).first()).toContainText('2 operations')
  await expect(page.getByRole('region', { name: /so far/ })).toHaveCount(0)
  await reports(page).first().getByRole('button', { name: /^Look at / }).click()
  await expect(reports(page).first().getByRole('row').last()).toContainText('deprovision')
  expect(await verify()).toMatchObject({ code: 0 })
  const [row] = await sql<{ id: string }[]>`select id from reports where environment_id = ${environment}`
  for (const wrong of [`/api/environments/1/reports/${row!.id}/csv`, `/api/environments/${environment}/reports/999999/csv`, `/api/environments/${environment}/reports/first/csv`, `/api/environments/999999/reports/so-far`]) {
    const answer = await page.request.get(wrong)
    expect(answer.status(), wrong).toBe(404)
    expect(await answer.json()).toEqual({ error: expect.stringContaining('There is nothing') })
  }
})
