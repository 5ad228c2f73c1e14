import { createApp, createEndpoint, openApp, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a healthy release that turns unhealthy leads to the maintenance page until it has recovered', async ({ page, board }) => {
  await createApp(page, { handle: 'moody', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'moody', { path: '/healthcheck', strict: true, maintenancePage: '<h1>The shop is closed</h1>' })
  const answer = async () => {
    const response = await fetch(address)
    return `${response.status} ${(await response.text()).trim()}`
  }
  expect(await answer()).toBe('503 <h1>The shop is closed</h1>')
  await startDeploy(page)
  await succeeded(page)
  expect(await answer()).toBe('200 hello from v1')

  await page.goto('/')
  const trouble = page.getByRole('region', { name: 'Blocked, or failed in the last day' })
  await expect(trouble.getByRole('link', { name: address })).toHaveCount(0)
  board.set('health', 500)
  await expect.poll(answer).toBe('503 <h1>The shop is closed</h1>')
  await expect(trouble.getByRole('link', { name: address })).toBeVisible()
  await expect(trouble).toContainText('Serving its maintenance page: its only container is not healthy')
  board.set('health', 200)
  await expect.poll(answer).toBe('200 hello from v1')
  await expect(trouble.getByRole('link', { name: address })).toHaveCount(0)
  await page.goBack()
  await openApp(page, 'moody')
  await expect(page.getByText('1 of 1 running')).toHaveCount(2)
})
