import { currentRun, owner } from './support/run.ts'
import { expect, test } from './support/test.ts'

test('a form that was pressed before its scripts are there puts no password into the address', async ({ browser }) => {
  const early = await browser.newContext({ javaScriptEnabled: false, storageState: { cookies: [], origins: [] }, baseURL: currentRun().url })
  const page = await early.newPage()
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByLabel('Password').press('Enter')
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled()
  expect(page.url()).toBe(`${currentRun().url}/login`)
  await early.close()
})
