import type { Page } from '@playwright/test'
import { downloadLog } from './support/log.ts'
import { begin, createApp, createEndpoint, openApp, openTab, startConfigure, startDeploy, startScale, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a finished deploy, configure and scale are rolled back, and the form says what goes with them', async ({ page, board }) => {
  const text = async () => (await fetch(address)).text()
  const webContainers = page.getByRole('listitem').filter({ hasText: 'node server.js' })
  await createApp(page, { handle: 'regretful', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'regretful')
  await startDeploy(page)
  await succeeded(page)

  await openApp(page, 'regretful')
  const scale = await startScale(page, { web: 2 })
  await succeeded(page)
  await rollBack(page, ['Containers of web: 2 → 1'])
  await succeeded(page)
  await openApp(page, 'regretful')
  await expect(webContainers).toContainText('1 of 1 running')
  await page.goto(`/operations/${scale}`)
  await expect(page.getByText('rolled back by operation')).toBeVisible()

  await openApp(page, 'regretful')
  await startConfigure(page, { GREETING: 'good evening' })
  await succeeded(page)
  expect(await text()).toBe('good evening from v1\n')
  await rollBack(page, ['Configuration: as it was in release'])
  await succeeded(page)
  expect(await text()).toBe('hello from v1\n')

  await openApp(page, 'regretful')
  const deploy = await startDeploy(page, { ref: 'v2' })
  await succeeded(page)
  await openApp(page, 'regretful')
  const later = await startScale(page, { web: 2 })
  await succeeded(page)
  expect(await text()).toBe('hello from v2\n')
  await page.goto(`/operations/${deploy}`)
  await rollBack(page, ['Code: ', 'Containers of web: 2 → 1', `${later} Scale regretful`], 'Immediate')
  await succeeded(page)
  expect(await downloadLog(page)).toContain('Strategy: immediate.')
  // Its health was not awaited.
  await expect.poll(text).toBe('hello from v1\n')
  await expect(page.getByText(`rolls back operation ${deploy}`)).toBeVisible()

  await openApp(page, 'regretful')
  await openTab(page, 'Releases')
  await expect(page.getByRole('list', { name: 'Releases' }).getByRole('listitem').first()).toContainText('in force')
})

test('the first release has none before it to go back to', async ({ page, board }) => {
  await createApp(page, { handle: 'firstborn', sources: [await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  await expect(page.getByRole('button', { name: 'Run again' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Roll back' })).toHaveCount(0)
})

/** On the page of an operation that has succeeded. */
async function rollBack(page: Page, says: string[], strategy?: string) {
  await page.getByRole('button', { name: 'Roll back', exact: true }).click()
  const dialog = page.getByRole('dialog')
  for (const change of says) await expect(dialog.getByRole('listitem').filter({ hasText: change })).toBeVisible()
  if (strategy) await dialog.getByLabel('Strategy').selectOption(strategy)
  await begin(dialog.getByRole('button', { name: 'Roll back', exact: true }))
}
