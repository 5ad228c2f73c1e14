import type { Page } from '@playwright/test'
import { begin, createApp, follow, goUp, heading, openApp, openTab, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

async function create(page: Page, handle: string) {
  await page.goto('/environments')
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByRole('dialog').getByLabel('Handle').fill(handle)
  await page.getByRole('dialog').getByRole('button', { name: 'Create the environment' }).click()
}

test('an environment is created, renamed, given a strategy, and deprovisioned once it is empty', async ({ page, board }) => {
  await create(page, 'staging')
  await succeeded(page)
  await goUp(page, 'staging', 'Environment staging')
  await openTab(page, 'Settings')
  await page.getByLabel('Handle').fill('rehearsal')
  await page.getByLabel('Default strategy').selectOption('Immediate')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
  await createApp(page, { handle: 'lodger', environment: 'rehearsal', sources: [await makeSampleApp(board)] })
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await expect(page.getByRole('dialog').getByLabel('Strategy')).toHaveValue('')
  await expect(page.getByRole('dialog')).toContainText('It interrupts requests')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }))
  await succeeded(page)
  await openApp(page, 'lodger')

  await goUp(page, 'rehearsal', 'Environment rehearsal')
  await openTab(page, 'Settings')
  const deprovision = page.getByRole('button', { name: 'Deprovision the environment' })
  await expect(deprovision).toBeDisabled()
  await page.getByLabel('Type rehearsal to confirm').fill('rehearsal')
  await deprovision.click()
  await expect(page.getByRole('alert').filter({ hasText: 'It is not empty: deprovision lodger first.' })).toBeVisible()

  await openTab(page, 'Overview')
  await follow(page.getByRole('link', { name: 'lodger', exact: true }))
  await expect(heading(page)).toHaveText('App lodger')
  await openTab(page, 'Settings')
  await page.getByLabel('Type lodger to confirm').fill('lodger')
  await begin(page.getByRole('button', { name: 'Deprovision the app' }))
  await succeeded(page)
  await goUp(page, 'rehearsal', 'Environment rehearsal')
  await openTab(page, 'Settings')
  await page.getByLabel('Type rehearsal to confirm').fill('rehearsal')
  await begin(deprovision)
  await succeeded(page)
  await page.goto('/environments')
  await expect(page.getByRole('list', { name: 'Environments' }).getByRole('link', { name: 'production', exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'rehearsal', exact: true })).toHaveCount(0)
  await page.getByText(/no longer there$/).click()
  await follow(page.getByRole('list', { name: 'Environments no longer there' }).getByRole('link', { name: 'rehearsal', exact: true }))
  await expect(heading(page)).toHaveText('Environment rehearsal')
  await expect(page.getByRole('list', { name: 'Activity' }).getByRole('link', { name: 'Deprovision the environment rehearsal' })).toBeVisible()
  const gone = new URL(page.url()).pathname.replace('/activity', '')
  for (const form of ['settings', 'apps/new']) {
    await page.goto(`${gone}/${form}`)
    await expect(page.getByText('This environment was deprovisioned.')).toBeVisible()
    await expect(page.getByRole('main').getByRole('textbox')).toHaveCount(0)
  }
  await page.goto('/activity?q=rehearsal')
  await expect(page.getByRole('list', { name: 'Activity' }).getByRole('link', { name: 'Deprovision the environment rehearsal' })).toBeVisible()
})

test('a handle that is taken or badly written is told beside the field', async ({ page }) => {
  for (const [handle, says] of [['Prod uction', /lower-case letters, digits and hyphens/], ['-x', /lower-case letters/], ['a'.repeat(65), /at most 64/], ['production', /taken/]] as const) {
    await create(page, handle)
    await expect(page.getByRole('dialog').getByLabel('Handle')).toHaveAttribute('aria-invalid', 'true')
    await expect(page.getByRole('dialog').getByLabel('Handle')).toHaveAccessibleDescription(says)
    await expect(page.getByRole('dialog').getByLabel('Handle')).toBeFocused()
  }
  await expect(heading(page)).toHaveText('Environments')
})

test('a stack is renamed, and its activity says so', async ({ page }) => {
  await page.goto('/stacks')
  await follow(page.getByRole('link', { name: 'local', exact: true }))
  await openTab(page, 'Settings')
  await page.getByLabel('Handle').fill('this-machine')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
  // The operation keeps the handle it was asked for under.
  await goUp(page, 'local', 'Stack this-machine')
  await openTab(page, 'Activity')
  await expect(page.getByRole('list', { name: 'Activity' }).getByRole('listitem').first()).toContainText('Succeeded')
  await openTab(page, 'Settings')
  await page.getByLabel('Handle').fill('local')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
})
