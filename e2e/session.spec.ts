import type { Page } from '@playwright/test'
import { downloadLog, logOf } from './support/log.ts'
import { begin, createApp, ended, openApp, startConfigure, startDeploy, succeeded } from './support/person.ts'
import { processesWith } from './support/processes.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

async function runCommand(page: Page, command: string) {
  await page.getByRole('button', { name: 'Run a command' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Command' }).fill(command)
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Run it' }))
}

test('a command runs with the configuration of the release, and keeps no secret in its log', async ({ page, board }) => {
  await createApp(page, { handle: 'errands', sources: [await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'errands')
  await startConfigure(page, { API_TOKEN: 'a-very-secret-token' })
  await succeeded(page)
  await openApp(page, 'errands')

  await runCommand(page, 'echo "the token is $API_TOKEN"; printf "\\033[31mred\\033[0m <b>not bold</b>\\n"')
  await succeeded(page)
  await expect(page.getByText('nothing to roll back')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Roll back' })).toHaveCount(0)
  await expect(logOf(page)).toContainText('red <b>not bold</b>')
  const log = await downloadLog(page)
  expect(log).toContain('the token is ')
  expect(log).not.toContain('a-very-secret-token')
  await openApp(page, 'errands')

  await runCommand(page, 'echo going wrong >&2; exit 7')
  await ended(page, /: failed at “run the command”, nothing to roll back$/)
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText('the command ended with exit code 7')
  await openApp(page, 'errands')

  await runCommand(page, 'node board.js wait endless-errand')
  await board.waited('endless-errand')
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await expect(page.getByRole('dialog')).toContainText('Its command is stopped. There is nothing to roll back.')
  await page.getByRole('button', { name: 'Cancel the operation' }).click()
  await ended(page, /: cancelled/)
  await board.left('endless-errand')
  expect(await processesWith('endless-errand')).toEqual([])
})
