import { expect, type Page } from '@playwright/test'
import { begin, follow, goUp, openApp, succeeded } from './person.ts'

/** What a person does on Docker stacks, by roles and labels only. */

/** Chromium gives up a page that it is about to ask for when a network of the machine changes, as with each container. */
export async function visit(page: Page, path: string) {
  await expect(async () => void (await page.goto(path))).toPass()
}

/** Ends on the page of the environment. */
export async function createEnvironment(page: Page, handle: string, stack: string) {
  await visit(page, '/environments')
  await page.getByRole('button', { name: 'New environment' }).click()
  await page.getByRole('dialog').getByLabel('Handle').fill(handle)
  await page.getByRole('dialog').getByLabel('Stack').selectOption(stack)
  await page.getByRole('dialog').getByLabel('Default strategy').selectOption('Blue-green')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Create the environment' }))
  await succeeded(page)
  await goUp(page, handle, `Environment ${handle}`)
}

/** On the page of its environment. */
export async function createImageApp(page: Page, { handle, image }: { handle: string; image: string }) {
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill(handle)
  await page.getByLabel('Name', { exact: true }).fill(image)
  await begin(page.getByRole('button', { name: 'Create the app' }))
  await succeeded(page)
  await openApp(page, handle)
}
