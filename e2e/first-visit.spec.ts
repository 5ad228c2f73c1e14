import { currentRun, owner, ownerState } from './support/run.ts'
import { createApp, createEndpoint, heading, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('a first visit leads to the owner, a stack, an environment and an app that serves', async ({ page, board }) => {
  await page.goto('/')
  await expect(page).toHaveURL(/\/setup$/)

  await page.getByLabel('One-time code').fill('AAAA-AAAA-AAAA-AAAA')
  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Create the owner' }).click()
  await expect(page.getByLabel('One-time code')).toHaveAttribute('aria-invalid', 'true')
  await expect(page).toHaveURL(/\/setup$/)

  await page.getByLabel('One-time code').fill(currentRun().setupCode)
  await page.getByRole('button', { name: 'Create the owner' }).click()
  await expect(heading(page)).toHaveText('Welcome to Davit')
  await page.context().storageState({ path: ownerState })

  await expect(page.getByRole('heading', { name: /^The stack local *, done$/ })).toBeVisible()
  await page.getByRole('button', { name: 'Create the environment' }).click()
  await expect(page.getByRole('heading', { name: /^The environment production *, done$/ })).toBeVisible()

  await createApp(page, { handle: 'first', sources: [await makeSampleApp(board)] })
  const address = await createEndpoint(page, 'first')
  await startDeploy(page)
  await succeeded(page)
  expect(await (await fetch(address)).text()).toBe('hello from v1\n')
})
