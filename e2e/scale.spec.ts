import { createApp, createEndpoint, openApp, openTab, startDeploy, startScale, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('an app is scaled to nothing, deployed meanwhile, and scaled up again', async ({ page, board }) => {
  const answer = async () => {
    const response = await fetch(address)
    return `${response.status} ${(await response.text()).trim()}`
  }
  await createApp(page, { handle: 'elastic', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'elastic')
  await startDeploy(page)
  await succeeded(page)

  await openApp(page, 'elastic')
  await startScale(page, { web: 0, worker: 0 })
  await succeeded(page)
  expect(await answer()).toMatch(/^503 .*Back soon/s)
  await openApp(page, 'elastic')
  await expect(page.getByText('scaled to 0')).toHaveCount(2)
  await openTab(page, 'Containers')
  await expect(page.getByText('No container runs.')).toBeVisible()

  await startDeploy(page, { ref: 'v2' })
  await succeeded(page)
  expect(await answer()).toMatch(/^503 /)

  await openApp(page, 'elastic')
  await startScale(page, { web: 2, worker: 1 })
  await succeeded(page)
  expect(await answer()).toBe('200 hello from v2')
  await openApp(page, 'elastic')
  await expect(page.getByText('2 of 2 running')).toBeVisible()
})

test('a count out of range is told beside its field, and nothing is scaled', async ({ page, board }) => {
  await createApp(page, { handle: 'modest', sources: [await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'modest')
  await page.getByRole('button', { name: 'Scale', exact: true }).click()
  const dialog = page.getByRole('dialog')
  for (const count of ['101', '-1']) {
    await dialog.getByLabel('web', { exact: true }).fill(count)
    await dialog.getByRole('button', { name: 'Scale', exact: true }).click()
    await expect(dialog.getByLabel('web', { exact: true })).toHaveAccessibleDescription(/0 to 100/)
  }
  await dialog.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByText('1 of 1 running')).toHaveCount(2)
})
