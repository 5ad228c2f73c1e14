import { downloadLog, expectInOrder } from './support/log.ts'
import { createApp, createEndpoint, ended, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { processesWith } from './support/processes.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a deploy that is cancelled while it builds leaves nothing of itself', async ({ page, board }) => {
  const source = await makeSampleApp(board, {}, { endless: { 'build.sh': "sh -c 'sh -c \"node board.js wait endless-build-of-hasty\"'\n" } })
  await createApp(page, { handle: 'hasty', sources: [source] })
  const address = await createEndpoint(page, 'hasty')
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'hasty')

  await startDeploy(page, { ref: 'endless' })
  await board.waited('endless-build-of-hasty')
  await expect(page.getByRole('heading', { name: 'If it is cancelled now' })).toBeVisible()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('listitem')).toHaveText(['stop fetching or building the image'])
  await expect(dialog).toContainText('Possible until “stop the old containers”')
  await dialog.getByRole('button', { name: 'Cancel the operation' }).click()

  await ended(page, /: cancelled at “fetch and build the image”, everything was put back$/)
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText('Ada Owner asked to cancel it.')
  await expect(page.getByRole('listitem').filter({ hasText: 'fetch and build the image, cancelled' })).toBeVisible()
  await board.left('endless-build-of-hasty')
  expect(await processesWith('endless-build-of-hasty')).toEqual([])
  expectInOrder(await downloadLog(page), ['A rollback began: the operation was cancelled by Ada Owner.', 'Undone: stop fetching or building the image', 'The rollback is complete: everything that Davit changed was put back.'])
  expect(await (await fetch(address)).text()).toBe('hello from v1\n')
  await openApp(page, 'hasty')
  await openTab(page, 'Releases')
  await expect(page.getByRole('list', { name: 'Releases' }).getByRole('listitem')).toHaveCount(1)
})

test('a deploy is cancelled while it waits for health, and one that waits in the queue before it begins', async ({ page, board }) => {
  await createApp(page, { handle: 'doubtful', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'doubtful', { path: '/healthcheck', strict: true, limitSeconds: 600 })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'doubtful')

  board.set('health', 500)
  const first = await startDeploy(page, { ref: 'v2' })
  await expect(page.getByRole('listitem').filter({ hasText: 'wait until they are healthy, running' })).toBeVisible()
  await openApp(page, 'doubtful')
  await startDeploy(page)
  await expect(page.getByRole('heading', { name: 'Place 2 in the queue' })).toBeVisible()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await expect(page.getByRole('dialog')).toContainText('It has not begun; nothing has to be put back.')
  await page.getByRole('button', { name: 'Cancel the operation' }).click()
  await ended(page, /: cancelled before it started$/)

  await page.goto(`/operations/${first}`)
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await expect(page.getByRole('dialog').getByRole('listitem').first()).toHaveText('stop and remove the new containers')
  await page.getByRole('button', { name: 'Cancel the operation' }).click()
  await ended(page, /: cancelled at “wait until they are healthy”, everything was put back$/)
  board.set('health', 200)
  await expect.poll(async () => (await fetch(address)).text()).toBe('hello from v1\n')
  await openApp(page, 'doubtful')
  await openTab(page, 'Containers')
  await expect(page.getByText('1 in all')).toHaveCount(2)
})
