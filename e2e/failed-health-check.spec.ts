import { downloadLog, expectInOrder } from './support/log.ts'
import { createApp, createEndpoint, ended, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a release that does not listen on PORT is rolled back, and the old one goes on serving', async ({ page, board }) => {
  await createApp(page, { handle: 'deaf', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'deaf', { limitSeconds: 10 })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'deaf')

  await startDeploy(page, { ref: 'broken' })
  await ended(page, /: failed at “wait until they are healthy”, everything was put back$/)
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText(/nothing listens on PORT \d+/)
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText('Everything that Davit changed was put back.')
  expect(await (await fetch(address)).text()).toBe('hello from v1\n')
  expectInOrder(await downloadLog(page), [
    /was not healthy within 10 s: nothing listens on PORT \d+/,
    'Its last lines:',
    /broken listens on \d+/,
    'A rollback began: a step failed.',
    'The rollback is complete: everything that Davit changed was put back.',
  ])

  await openApp(page, 'deaf')
  await openTab(page, 'Releases')
  await expect(page.getByRole('list', { name: 'Releases' }).getByRole('listitem')).toContainText(['discarded', 'in force'])
  await openTab(page, 'Containers')
  await expect(page.getByText('1 in all')).toHaveCount(2)
  await page.goto('/')
  await expect(page.getByRole('list', { name: 'Failed or blocked' }).getByRole('link', { name: 'Deploy deaf at broken' })).toBeVisible()
})
