import { startLoad } from '../lib/router/load.ts'
import { createApp, createEndpoint, heading, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { pidOf, processesWith } from './support/processes.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a deploy whose runner is killed while it builds is taken over, and its page tells the truth', async ({ page, board }) => {
  const slow = { 'build.sh': "sh -c 'sh -c \"node board.js wait orphaned-build\"'\n" }
  await createApp(page, { handle: 'orphaned', sources: [await makeSampleApp(board, {}, { orphaned: slow })] })
  const address = await createEndpoint(page, 'orphaned')
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'orphaned')
  const load = startLoad({ port: Number(new URL(address).port), connections: 2, seconds: 600 })
  await startDeploy(page, { ref: 'orphaned' })
  await board.waited('orphaned-build')

  process.kill(await pidOf('runner'), 'SIGKILL')
  await board.left('orphaned-build')
  await expect.poll(() => board.arrivals('orphaned-build'), 'a new runner builds again').toBe(2)
  expect(await processesWith('orphaned-build'), 'the build of the dead runner is gone').toHaveLength(3)
  await expect(heading(page)).toHaveText(/^Deploying orphaned at orphaned: step 1 of \d+, building$/)
  await expect(page.getByText('taken over 1×')).toBeVisible()
  board.open('orphaned-build')
  await succeeded(page)
  expect(await load.stop()).toMatchObject({ lost: 0, maintenance: 0 })
  await openApp(page, 'orphaned')
  await openTab(page, 'Containers')
  await expect(page.getByText('1 in all')).toHaveCount(2)
})

test('before_release outlives its runner and never runs twice', async ({ page, board }) => {
  const davit = 'before_release:\n  - node board.js wait long-migration\n'
  await createApp(page, { handle: 'adopted', sources: [await makeSampleApp(board, { 'davit.yml': davit })] })
  await startDeploy(page)
  await board.waited('long-migration')
  process.kill(await pidOf('runner'), 'SIGKILL')
  await expect(page.getByText('taken over 1×')).toBeVisible()
  board.open('long-migration')
  await succeeded(page)
  expect(board.arrivals('long-migration')).toBe(1)
})
