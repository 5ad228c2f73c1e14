import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import type postgres from 'postgres'
import { openDatabase } from './support/database.ts'
import { begin, createApp, download, ended, follow, heading, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

const rows = (page: Page) => page.getByRole('list', { name: 'Activity' }).getByRole('listitem')
const titles = (page: Page) => rows(page).getByRole('link', { name: /^(Create|Deploy|Deprovision) / })

test('activity is filtered and searched, and the address holds what was asked for', async ({ page, board }) => {
  await createApp(page, { handle: 'ledger-books', sources: [await makeSampleApp(board)] })
  const audited = await startDeploy(page, { note: 'for the quarterly audit' })
  await succeeded(page)
  await openApp(page, 'ledger-books')
  await startDeploy(page, { ref: 'unbuildable' })
  await ended(page, /: failed/)
  await openApp(page, 'ledger-books')
  await openTab(page, 'Activity')
  await expect(titles(page)).toHaveText(['Deploy ledger-books at unbuildable', 'Deploy ledger-books at main', 'Create the app ledger-books'])

  await page.getByLabel('Type').selectOption('deploy')
  await expect(page).toHaveURL(/\?type=deploy$/)
  await expect(titles(page)).toHaveText(['Deploy ledger-books at unbuildable', 'Deploy ledger-books at main'])
  await page.getByLabel('Status').selectOption('failed')
  await expect(page).toHaveURL(/type=deploy&status=failed/)
  await expect(titles(page)).toHaveText(['Deploy ledger-books at unbuildable'])

  await follow(titles(page).first())
  await expect(page).toHaveURL(/\/operations\/\d+$/)
  await page.goBack()
  await expect(page).toHaveURL(/type=deploy&status=failed/)
  await expect(page.getByLabel('Status')).toHaveValue('failed')
  await expect(titles(page)).toHaveText(['Deploy ledger-books at unbuildable'])
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(page).toHaveURL(/activity$/)
  await expect(titles(page)).toHaveCount(3)

  await page.goto('/activity')
  const search = page.getByRole('searchbox')
  for (const asked of ['audit quarterly', String(audited)]) {
    await search.fill(asked)
    await expect(page).toHaveURL(new RegExp(`q=${asked.replace(' ', '\\+')}`))
    await expect(titles(page)).toHaveText(['Deploy ledger-books at main'])
  }
  await search.fill('ledger-b')
  await expect(titles(page)).toHaveCount(3)
  await search.fill('ledger-x')
  await expect(page.getByText('Nothing fits this filter.')).toBeVisible()
  await page.goto('/activity?q=ledger&actor=ada&from=2020-01-01')
  await expect(page.getByLabel('Actor')).toHaveValue('ada')
  await expect(titles(page)).toHaveCount(3)
  await page.goto('/activity?q=ledger&actor=somebody-else')
  await expect(page.getByText('Nothing fits this filter.')).toBeVisible()
  await page.goto('/activity?q=ledger&to=2020-01-01')
  await expect(page.getByText('Nothing fits this filter.')).toBeVisible()
})

test('a list of activity moves by itself, and keeps what was deprovisioned', async ({ page, context, board }) => {
  await createApp(page, { handle: 'short-lived', sources: [await makeSampleApp(board)] })
  await openTab(page, 'Activity')
  await expect(titles(page)).toHaveText(['Create the app short-lived'])
  const other = await context.newPage()
  await other.goto(page.url().replace('/activity', ''))
  await startDeploy(other, { ref: 'slow' })
  await expect(titles(page)).toHaveText(['Deploy short-lived at slow', 'Create the app short-lived'])
  await expect(rows(page).first()).toContainText('Running')
  await board.waited('build')
  board.open('build')
  await expect(rows(page).first()).toContainText('Succeeded')
  await succeeded(other)
  await other.close()

  await openTab(page, 'Settings')
  await expect(page.getByRole('button', { name: 'Deprovision the app' })).toBeDisabled()
  await page.getByLabel('Type short-lived to confirm').fill('short-lived')
  await begin(page.getByRole('button', { name: 'Deprovision the app' }))
  await succeeded(page)
  await openApp(page, 'short-lived')
  await expect(page.getByText(/^Deprovisioned .*its activity is kept/)).toBeVisible()
  await openTab(page, 'Activity')
  await expect(titles(page)).toHaveText([/^Deprovision .*short-lived/, 'Deploy short-lived at slow', 'Create the app short-lived'])
  await page.goto('/activity?q=short-lived')
  await expect(titles(page)).toHaveCount(3)
  await page.goto('/environments')
  await follow(page.getByRole('link', { name: 'production', exact: true }))
  await expect(heading(page)).toHaveText('Environment production')
  await expect(page.getByRole('link', { name: 'short-lived', exact: true })).toHaveCount(0)
})

/** Many operations of the past, as the runner would have left them: nobody wants to wait for two hundred deploys. */
async function seed(handle: string, count: number): Promise<number> {
  return inDatabase(async (sql) => {
    const [app] = await sql<{ id: number; environment: number; stack: number }[]>`select id::int, environment_id::int as environment, stack_id::int as stack from resources where handle = ${handle}`
    await sql`
      insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, stack_id, environment_id, environment_handle, app_id,
        actor_kind, actor_id, actor_name, actor_email, source, note, request_key, queued_at, started_at, rollback_started_at, finished_at, reason, rollback)
      select case when n % 4 = 0 then 'scale' else 'deploy' end, (case when n % 10 = 0 then 'failed' else 'succeeded' end)::operation_status, 'Deploy ' || ${handle}::text || ' at v' || n, '{}', '[]',
        ${app!.id}, 'app', ${handle}, ${app!.stack}, ${app!.environment}, 'production', ${app!.id},
        'user', 1, 'Ada Owner', 'ada@example.org', 'dashboard', case when n = 77 then '=cmd|note, with "quotes"' end, ${`seed-${handle}-`} || n, at, at, case when n % 10 = 0 then at + interval '5 s' end, at + interval '9 s',
        case when n % 10 = 0 then 'error' end, case when n % 10 = 0 then 'complete' end
      from (select n, date_trunc('hour', now()) - interval '30 hours' + n * interval '6 minutes' as at from generate_series(1, ${count}::int) n) many`
    return app!.id
  })
}

async function inDatabase<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = openDatabase()
  try {
    return await work(sql)
  } finally {
    await sql.end()
  }
}

const shownIds = (page: Page) => rows(page).evaluateAll((all) => all.map((row) => Number((row as HTMLElement).dataset.id)))

test('pages lead to what is older and back again, the chart to a span of time, and the export has what the filter has', async ({ page, board }) => {
  await createApp(page, { handle: 'busy', sources: [await makeSampleApp(board)] })
  const app = await seed('busy', 180)
  await page.goto(`/apps/${app}/activity`)
  const newest = await shownIds(page)
  expect(newest).toHaveLength(50)
  await follow(page.getByRole('link', { name: 'Older' }))
  await expect(page).toHaveURL(/before=/)
  const second = await shownIds(page)
  expect(Math.max(...second)).toBeLessThan(Math.min(...newest))
  await follow(page.getByRole('link', { name: 'Older' }))
  await expect.poll(async () => Math.max(...(await shownIds(page)))).toBeLessThan(Math.min(...second))
  await follow(page.getByRole('link', { name: 'Newer' }))
  await expect.poll(() => shownIds(page)).toEqual(second)
  await follow(page.getByRole('link', { name: 'Newest' }))
  await expect.poll(() => shownIds(page)).toEqual(newest)

  await page.getByLabel('Status').selectOption('failed')
  await expect(rows(page)).toHaveCount(18)
  const chart = page.getByRole('region', { name: 'Operations over time' })
  await expect(chart.getByText('18 entries')).toBeVisible()
  const bar = chart.getByRole('link', { name: /: 1 operation, 1 failed$/ }).nth(3)
  const name = await bar.getAttribute('aria-label')
  await bar.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowLeft')
  await expect(bar).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/status=failed&from=[^&]+&to=/)
  await expect(rows(page)).toHaveCount(1)
  const [, hour] = /, (\d\d:\d\d) to/.exec(name ?? '')!
  await expect(rows(page).locator('time').first()).toContainText(new RegExp(` ${hour!.slice(0, 2)}:`))
  await expect(page.getByLabel('From')).toHaveValue(new RegExp(`T${hour}$`))
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(rows(page)).toHaveCount(50)

  await page.getByLabel('Type').selectOption('deploy')
  await expect(page).toHaveURL(/type=deploy/)
  const csv = await download(page.getByRole('link', { name: /^CSV/ }))
  const text = await readFile(await csv.path(), 'utf8')
  const stored = await inDatabase((sql) => sql<{ id: string; title: string; status: string }[]>`select id, title, status from operations where app_id = ${app} and type = 'deploy' order by id desc`)
  const records = text.split('\r\n').slice(1, -1)
  expect(records.map((record) => record.split(',')[0])).toEqual(stored.map(({ id }) => id))
  expect(records.map((record) => record.split(',')[3])).toEqual(stored.map(({ status }) => status))
  expect(records.filter((record) => record.includes('=cmd'))).toEqual([expect.stringContaining(`,"'=cmd|note, with ""quotes""",`)])
  await page.goto('/activity?type=activity+exported')
  await expect(rows(page).first()).toContainText(/Activity exported.*Ada Owner/s)
})

test('what comes while somebody reads is counted, and moves nothing', async ({ page, context, board }) => {
  await createApp(page, { handle: 'read-in', sources: [await makeSampleApp(board)] })
  const app = await seed('read-in', 60)
  await page.goto(`/apps/${app}/activity`)
  const before = await shownIds(page)
  await rows(page).nth(2).hover()
  const other = await context.newPage()
  await other.goto(`/apps/${app}`)
  await startDeploy(other)
  await expect(page.getByRole('button', { name: /^1 new/ })).toBeVisible()
  expect(await shownIds(page)).toEqual(before)
  await page.getByRole('button', { name: /^1 new/ }).click()
  await expect(titles(page).first()).toHaveText('Deploy read-in at main')
  await succeeded(other)
  await other.close()
})

test('an address that cannot be read is answered with a sentence, and changes nothing', async ({ page }) => {
  for (const [address, sentence] of [
    ['status=done', /“status” has to be one of queued/],
    ['colour=red', /no filter “colour”/],
    ['from=2026-02-30', /is not a date/],
    ['from=0000-01-01', /is not a date/],
    ['from=2026-02-02&to=2026-02-01', /ends before it begins/],
    ['before=zebra', /“before” is no id/],
    ['q=ab', /three characters or more/],
    [`q=${'x'.repeat(5000)}`, /more than 200 characters/],
  ] as const) {
    expect((await page.request.get(`/api/activity?${address}`)).status(), address).toBe(400)
    expect((await page.request.get(`/api/activity/export?${address}`)).status(), address).toBe(400)
    expect((await page.request.get(`/api/activity/chart?${address}`)).status(), address).toBe(400)
    expect((await page.goto(`/activity?${address}`))?.status(), address).toBe(200)
    await expect(page.getByRole('alert').filter({ hasText: sentence })).toBeVisible()
    await expect(rows(page)).toHaveCount(0)
  }
  await follow(page.getByRole('link', { name: 'Show everything' }))
  await expect(rows(page).first()).toBeVisible()
  expect((await page.request.get(`/api/activity?q=${'x'.repeat(1024 * 1024)}`)).status()).toBe(431)
  expect((await page.request.get('/api/activity/chart?zone=Nowhere/Else')).status()).toBe(400)
})

test('a log that is downloaded is activity', async ({ page }) => {
  await page.goto('/activity?type=deploy&status=succeeded')
  const [id] = await shownIds(page)
  await page.request.get(`/api/operations/${id}/log/download`)
  await page.goto('/activity?type=log+downloaded')
  await expect(rows(page).first()).toContainText(new RegExp(`Log downloaded.*operation ${id}: `, 's'))
})
