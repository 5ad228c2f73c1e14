import { currentRun, owner, ownerState } from './support/run.ts'
import { begin, createEndpoint, heading, openApp, succeeded } from './support/person.ts'
import { expect, test } from './support/test.ts'

test('a first visit leads to the owner, a stack, an environment and an app that serves', async ({ page }) => {
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

  // Three clicks from here to a deploy, and nothing to fill in.
  await begin(page.getByRole('button', { name: 'Take the sample app' }))
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }))
  await expect(heading(page)).toHaveText(/^Deploy(ing)? sample at HEAD: /)
  await succeeded(page)
  await openApp(page, 'sample')
  const address = await createEndpoint(page, 'sample')
  expect(await (await fetch(address)).text()).toContain('<h1>Hello from Davit</h1>')
})
