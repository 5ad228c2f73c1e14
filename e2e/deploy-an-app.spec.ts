import { downloadLog, expectInOrder, logOf } from './support/log.ts'
import { createApp, createEndpoint, heading, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a deploy is watched live, step by step and line by line, without a reload', async ({ page, board }) => {
  await createApp(page, { handle: 'watched', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'watched')
  await startDeploy(page, { ref: 'slow', note: 'before the weekend' })
  await page.evaluate(() => Object.assign(window, { neverReloaded: true }))

  await board.waited('build')
  await expect(heading(page)).toHaveText(/^Deploying watched at slow: step 1 of \d+, building$/)
  await expect(page.getByText('“before the weekend”')).toBeVisible()
  await expect(page.getByText('by Ada Owner, from the dashboard')).toBeVisible()
  await expect(logOf(page)).toContainText('the build waits')
  await expect(logOf(page)).not.toContainText('the build goes on')
  await expect(page.getByRole('listitem').filter({ hasText: 'fetch and build the image, running' })).toHaveAttribute('aria-current', 'step')
  // The one request during this operation: it has begun, and nothing serves yet.
  expect((await fetch(address)).status).toBe(503)

  board.open('build')
  await succeeded(page)
  await expect(page.getByRole('listitem').filter({ hasText: 'fetch and build the image, done' })).toBeVisible()
  await expect(page.getByRole('listitem').filter({ hasText: 'switch to the new release, done' })).toBeVisible()
  expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true)
  expect(await (await fetch(address)).text()).toBe('hello from slow\n')
  expectInOrder(await downloadLog(page), ['the build waits', 'the build goes on', 'containers are healthy', 'The router has confirmed table', '1 request during this operation, 0 lost', 'Succeeded.'])

  await openApp(page, 'watched')
  await expect(page.getByText('1 of 1 running')).toHaveCount(2)
  await openTab(page, 'Containers')
  await page.getByRole('listitem').filter({ hasText: /127\.0\.0\.1:\d+/ }).getByRole('button', { name: /^Log of / }).click()
  await expect(page.getByRole('region', { name: /^Lines of / })).toContainText('slow listens on')
  await openTab(page, 'Releases')
  await expect(page.getByRole('list', { name: 'Releases' }).getByRole('listitem')).toContainText(['in force'])
})

test('the second place is tried when the first does not answer', async ({ page, board }) => {
  const missing = '/nowhere/storefront.git'
  await createApp(page, { handle: 'two-places', sources: [missing, await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  expectInOrder(await downloadLog(page), [`Could not fetch main from ${missing} (source 1 of 2)`, /Fetched main from .* \(source 2 of 2\)/])
})
