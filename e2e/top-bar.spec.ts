import { expect, test } from './support/test.ts'

test('on a phone every place is seen in the top bar without scrolling', async ({ page }) => {
  for (const width of [390, 360]) {
    await page.setViewportSize({ width, height: 844 })
    await page.goto('/')
    const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
    await expect(links).toHaveText(['Home', 'Activity', 'Environments', 'Stacks', 'Members'])
    for (const link of await links.all()) await expect(link, `at ${width} px`).toBeInViewport({ ratio: 1 })
  }
})
