import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { openDatabase } from './support/database.ts'
import { makeDatabaseRow } from './support/database-row.ts'
import { createApp, createEndpoint, ended, follow, heading, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

const sizes = [{ width: 1440, height: 900 }, { width: 390, height: 844 }]

/** In both themes, on a desk and on a phone. */
async function look(page: Page, name: string) {
  // Titles are streamed, and may come after the page; where there is nothing, it is the scripts that say so.
  await expect(page).toHaveTitle(/./)
  await expect(heading(page)).toBeVisible()
  for (const size of sizes) {
    await page.setViewportSize(size)
    const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
    expect.soft(content, `${name} at ${size.width} is no wider than its window`).toBeLessThanOrEqual(room!)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // There are no frames, so axe needs no page of its own to put its findings together.
      const axe = new AxeBuilder({ page }).setLegacyMode()
      // Only colours differ in the dark.
      const { violations } = await (colorScheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze()
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n  ')}`)
      expect.soft(found, `${name}, ${colorScheme}, ${size.width}`).toEqual([])
    }
  }
  await page.setViewportSize(sizes[0]!)
}

async function lookAt(page: Page, paths: string[]) {
  for (const path of paths) {
    await page.goto(path)
    await look(page, path)
  }
}

test.describe('axe finds nothing, in both themes, on a desk and on a phone', () => {
  test('on the pages of operations and of their app', async ({ page, board }) => {
    await createApp(page, { handle: 'inspected', sources: [await makeSampleApp(board)] })
    const app = new URL(page.url()).pathname
    await startDeploy(page, { ref: 'unbuildable', note: 'to see it fail' })
    await ended(page, /: failed/)
    await look(page, 'a failed operation')
    await page.goto(app)
    await startDeploy(page, { ref: 'slow' })
    await board.waited('build')
    await look(page, 'a running operation')
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await look(page, 'the dialog of a cancel')
    await page.keyboard.press('Escape')
    board.open('build')
    await succeeded(page)
    await look(page, 'an operation that has succeeded')
    await lookAt(page, ['', '/containers', '/releases', '/configuration', '/activity', '/settings'].map((tab) => app + tab))
    await page.goto(app)
    for (const dialog of ['Deploy', 'Scale', 'Run a command']) {
      await page.getByRole('button', { name: dialog, exact: true }).click()
      await look(page, `the dialog ${dialog}`)
      await page.keyboard.press('Escape')
    }
  })

  test('on the pages of endpoints, environments and stacks', async ({ page, board }) => {
    await createApp(page, { handle: 'looked-at', sources: [await makeSampleApp(board)] })
    await createEndpoint(page, 'looked-at')
    await openTab(page, 'Endpoints')
    await look(page, 'the endpoints of an app')
    const endpoint = await page.getByRole('list', { name: 'Endpoints' }).getByRole('link').getAttribute('href')
    const environment = await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'production' }).getAttribute('href')
    await page.goto('/stacks')
    await look(page, 'the stacks')
    await page.getByRole('button', { name: 'New stack' }).click()
    await page.getByRole('dialog').getByLabel('Docker').check()
    await page.getByRole('button', { name: 'A registry' }).click()
    await look(page, 'the dialog of a new stack')
    await page.keyboard.press('Escape')
    const stack = await page.getByRole('list', { name: 'Stacks' }).getByRole('link').first().getAttribute('href')
    await lookAt(page, [`${endpoint}`, `${endpoint}/activity`, ...['', '/activity', '/settings', '/apps/new'].map((tab) => environment + tab), ...['', '/activity', '/settings'].map((tab) => stack + tab)])
  })

  test('on the pages of databases', async ({ page }) => {
    const sql = openDatabase()
    const [environment] = await sql<{ id: string }[]>`select id from environments where handle = 'production'`
    const { database } = await makeDatabaseRow(sql, { environment: Number(environment!.id), handle: 'inspected' })
    await sql.end()
    const base = `/databases/${database}`
    await lookAt(page, [...['', '/backups', '/activity', '/settings'].map((tab) => base + tab), `/environments/${environment!.id}/databases/new`])
    for (const [path, dialog] of [[base, 'Restart'], [base, 'Resize'], [`${base}/backups`, /^Restore/], [`${base}/backups`, /^Purge/]] as const) {
      await page.goto(path)
      await page.getByRole('main').getByRole('button', { name: dialog }).click()
      await expect(page.getByRole('dialog')).toBeVisible()
      await look(page, `the dialog ${dialog}`)
    }
  })

  test('on the pages of members and roles', async ({ page }) => {
    await page.goto('/roles')
    await page.getByRole('button', { name: 'New role' }).click()
    await look(page, 'the dialog of a new role')
    await page.getByRole('dialog').getByLabel('Name').fill('Inspectors')
    await page.getByRole('button', { name: 'Create the role' }).click()
    const scopes = page.getByRole('form', { name: 'Inspectors in production' })
    await scopes.getByText('operate', { exact: true }).click()
    await look(page, 'the roles')
    await page.goto('/members')
    await look(page, 'the members')
    await page.getByRole('button', { name: 'Invite a member' }).click()
    await look(page, 'the dialog of an invitation')
    await page.getByRole('dialog').getByLabel('E-mail').fill('inspector@example.org')
    await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click()
    await expect(page.getByRole('dialog').getByLabel('Link', { exact: true })).toBeVisible()
    await look(page, 'the link of an invitation')
    await page.keyboard.press('Escape')
    await follow(page.getByRole('link', { name: 'Ada Owner' }))
    await look(page, 'a member')
  })

  test('on the pages that belong to nobody', async ({ page, browser, baseURL }) => {
    await lookAt(page, ['/', '/welcome', '/activity', '/environments', '/no-such-page', '/operations/999999999', '/account'])
    const stranger = await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } })
    const door = await stranger.newPage()
    await door.goto('/login')
    await look(door, '/login')
    await door.goto('/invitation#invite.token')
    await look(door, '/invitation')
    await stranger.close()
  })
})
