import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { createApp, createEndpoint, ended, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

const sizes = [{ width: 1440, height: 900 }, { width: 390, height: 844 }]

/** In both themes, on a desk and on a phone. */
async function look(page: Page, name: string) {
  for (const size of sizes) {
    await page.setViewportSize(size)
    const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
    expect.soft(content, `${name} at ${size.width} is no wider than its window`).toBeLessThanOrEqual(room!)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // Only colours differ in the dark.
      const axe = colorScheme === 'dark' ? new AxeBuilder({ page }).withRules(['color-contrast']) : new AxeBuilder({ page })
      const { violations } = await axe.analyze()
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n  ')}`)
      expect.soft(found, `${name}, ${colorScheme}, ${size.width}`).toEqual([])
    }
  }
  await page.setViewportSize(sizes[0]!)
}

test('axe finds nothing on any page, in both themes, on a desk and on a phone', async ({ page, browser, baseURL, board }) => {
  test.setTimeout(240_000)
  await createApp(page, { handle: 'inspected', sources: [await makeSampleApp(board)] })
  const app = new URL(page.url()).pathname
  await createEndpoint(page, 'inspected')
  await page.getByRole('navigation', { name: 'Of the app' }).getByRole('link', { name: 'Endpoints' }).click()
  await page.getByRole('list', { name: 'Endpoints' }).getByRole('link').click()
  await page.waitForURL(/\/endpoints\/\d+$/)
  const endpoint = new URL(page.url()).pathname
  await page.goto(app)
  const failed = await startDeploy(page, { ref: 'no-such-ref', note: 'to see it fail' })
  await ended(page, /: failed/)
  await page.goto(app)
  const running = await startDeploy(page, { ref: 'slow' })
  await board.waited('build')
  await look(page, 'a running operation')
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await look(page, 'the dialog of a cancel')
  await page.keyboard.press('Escape')
  board.open('build')
  await succeeded(page)

  const environment = await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'production' }).getAttribute('href')
  const tabs = ['', '/containers', '/releases', '/configuration', '/endpoints', '/activity', '/settings'].map((tab) => app + tab)
  const operations = [running, failed].map((id) => `/operations/${id}`)
  const others = ['/', '/welcome', '/activity', '/environments', `${environment}`, `${environment}/activity`, `${environment}/settings`, `${environment}/apps/new`, '/stacks', endpoint, `${endpoint}/activity`, '/no-such-page']
  for (const path of [...operations, ...tabs, ...others]) {
    await page.goto(path)
    await look(page, path)
  }
  await page.goto('/stacks')
  await page.getByRole('list', { name: 'Stacks' }).getByRole('link').first().click()
  await page.waitForURL(/\/stacks\/\d+$/)
  const stack = page.url()
  for (const tab of ['', '/activity', '/settings']) {
    await page.goto(stack + tab)
    await look(page, `a stack${tab}`)
  }
  await page.goto(app)
  for (const dialog of ['Deploy', 'Scale', 'Restart', 'Run a command']) {
    await page.getByRole('button', { name: dialog, exact: true }).click()
    await look(page, `the dialog ${dialog}`)
    await page.keyboard.press('Escape')
  }
  const stranger = await browser.newContext({ baseURL, storageState: undefined })
  const door = await stranger.newPage()
  await door.goto('/login')
  await look(door, '/login')
  await stranger.close()
})
