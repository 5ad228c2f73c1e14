import type { Page } from '@playwright/test'
import { signIn } from './support/people.ts'
import { currentRun, owner } from './support/run.ts'
import { expect, test } from './support/test.ts'

/** A page as a slow connection brings it: its scripts come once what is returned is called. */
async function openBeforeScripts(page: Page, path: string): Promise<() => void> {
  const { promise: wanted, resolve: letThemCome } = Promise.withResolvers<void>()
  await page.route(/\/_next\/static\/.*\.js/, async (route) => {
    await wanted
    await route.continue()
  })
  await page.goto(path, { waitUntil: 'domcontentloaded' })
  return letThemCome
}

test('a form that was pressed before its scripts are there puts no password into the address', async ({ browser }) => {
  const early = await browser.newContext({ javaScriptEnabled: false, storageState: { cookies: [], origins: [] }, baseURL: currentRun().url })
  const page = await early.newPage()
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByLabel('Password').press('Enter')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled()
  expect(page.url()).toBe(`${currentRun().url}/login`)
  await early.close()
})

test('a button that could do nothing yet cannot be pressed', async ({ page }) => {
  const letScriptsCome = await openBeforeScripts(page, '/roles')
  const button = page.getByRole('button', { name: 'New role' })
  await expect(button).toBeDisabled()
  letScriptsCome()
  await button.click()
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeVisible()
})

test('who has scrolled before the scripts are there is left where they are', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 500 })
  const letScriptsCome = await openBeforeScripts(page, '/apps/3/settings')
  const tabs = page.getByRole('navigation', { name: 'Of the app' })
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await expect(tabs).not.toBeInViewport()
  letScriptsCome()
  await expect.poll(() => tabs.evaluate(({ scrollLeft }) => scrollLeft), 'the tab that one is at is brought into view').toBeGreaterThan(0)
  await expect(tabs).not.toBeInViewport()
})

test('a list that one points at before the scripts are there stands still as well', async ({ page }) => {
  const letScriptsCome = await openBeforeScripts(page, '/activity')
  await page.getByRole('list', { name: 'Activity' }).getByRole('listitem').nth(2).hover()
  letScriptsCome()
  await signIn(owner.email)
  await expect(page.getByRole('button', { name: /^1 new/ })).toBeVisible()
})
