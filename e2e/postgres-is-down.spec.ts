import { stopEmbeddedPostgres } from '../lib/db/embedded-server.ts'
import { createApp, heading } from './support/person.ts'
import { pidOf } from './support/processes.ts'
import { currentRun, ownerState } from './support/run.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('while Postgres is down, pages say so and recover by themselves when it is back', async ({ page, browser, board }) => {
  await page.goto('/')
  // A page that cannot be shown says so on the console as well: in a context that is not listened to.
  const another = await browser.newContext({ storageState: ownerState, baseURL: currentRun().url })
  const opened = await another.newPage()
  const start = await pidOf('start')
  // The start command would bring Postgres back within seconds.
  process.kill(start, 'SIGSTOP')
  try {
    await stopEmbeddedPostgres(currentRun().data)
    await opened.goto('/')
    await expect(opened.getByRole('alert').getByText('The database of Davit does not answer.')).toBeVisible()
    for (const path of ['/api/home', '/api/operations/1']) {
      const answer = await another.request.get(path)
      expect([answer.status(), await answer.json()], path).toEqual([503, { error: 'The database of Davit does not answer.' }])
    }
    await expect(page.getByRole('status').getByText('The database of Davit does not answer: what you see may be old.')).toBeVisible({ timeout: 40_000 })
    await expect(heading(page)).toHaveText('What is going on')
  } finally {
    process.kill(start, 'SIGCONT')
  }
  await expect(heading(opened)).toHaveText('What is going on')
  await expect(page.getByText('what you see may be old')).toHaveCount(0)
  await createApp(opened, { handle: 'after-the-flood', sources: [await makeSampleApp(board)] })
  await expect(page.getByRole('link', { name: 'Create the app after-the-flood' })).toBeVisible()
  await another.close()
})
