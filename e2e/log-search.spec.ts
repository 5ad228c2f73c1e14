import { follow } from './support/person.ts'
import { expect, test } from './support/test.ts'

test('typing in the search of a log goes to the first hit, and Enter to the next', async ({ page }) => {
  await page.goto('/activity?type=deploy')
  await follow(page.getByRole('list', { name: 'Activity' }).getByRole('link', { name: /^Deploy / }).first())
  const field = page.getByRole('searchbox', { name: 'Search in the log' })
  await field.fill('e')
  const status = page.getByRole('search').getByRole('status')
  await expect(status).toHaveText(/^1 of [\d,]+/)
  await expect(page).toHaveURL(/#L\d+$/)
  const first = page.url()
  await field.press('Enter')
  await expect(status).toHaveText(/^2 of /)
  await expect(page).not.toHaveURL(first)
})
