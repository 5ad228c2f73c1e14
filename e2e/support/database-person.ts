import { expect, type Page } from '@playwright/test'
import { visit } from './docker-person.ts'
import { begin, follow, goUp, heading, openTab, succeeded } from './person.ts'

/** What a person does with databases, by roles and labels only. */

type NewDatabase = { handle: string; environment?: string; memoryMb?: number; volumeMb?: number; place?: string }

/** Ends on the page of the database. */
export async function createDatabase(page: Page, { handle, environment = 'production', memoryMb = 128, volumeMb = 512, place }: NewDatabase) {
  await visit(page, '/environments')
  await follow(page.getByRole('link', { name: environment, exact: true }))
  await follow(page.getByRole('link', { name: 'New database' }))
  await page.getByLabel('Handle').fill(handle)
  await page.getByLabel('Memory, in MB').fill(String(memoryMb))
  await page.getByLabel('Volume, in MB').fill(String(volumeMb))
  if (place) await page.getByLabel('Place').selectOption(place)
  await begin(page.getByRole('button', { name: 'Create the database' }))
  await succeeded(page)
  await follow(page.getByRole('link', { name: `Open ${handle}` }))
  await expect(heading(page)).toHaveText(`Database ${handle}`)
}

/** From an operation's page to its database. */
export const openDatabasePage = (page: Page, handle: string) => goUp(page, handle, `Database ${handle}`)

/** On the database's page. */
export async function readUrl(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Show it' }).click()
  const url = page.getByLabel('Connection URL', { exact: true })
  await expect(url).toHaveValue(/^postgresql:/)
  return await url.inputValue()
}

export async function startDatabaseRestart(page: Page, { memoryMb, place }: { memoryMb?: number; place?: string } = {}): Promise<number> {
  await page.getByRole('button', { name: 'Restart', exact: true }).click()
  const dialog = page.getByRole('dialog')
  if (memoryMb) await dialog.getByLabel('Memory, in MB').fill(String(memoryMb))
  if (place) await dialog.getByLabel('Place').selectOption(place)
  return await begin(dialog.getByRole('button', { name: 'Restart', exact: true }))
}

/** On the app's page. */
export async function startLink(page: Page, database: string): Promise<number> {
  await openTab(page, 'Configuration')
  await page.getByRole('button', { name: 'Link a database' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Database', { exact: true }).selectOption(database)
  return await begin(dialog.getByRole('button', { name: 'Link it' }))
}

/** On the stack's settings. Ends on the page of the operation. */
export async function givePlace(page: Page, stack: string, place: { name: string; folder: string }) {
  await openStackSettings(page, stack)
  await fillPlace(page, place)
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
}

export async function openStackSettings(page: Page, stack: string) {
  await page.goto('/stacks')
  await follow(page.getByRole('link', { name: stack, exact: true }))
  await openTab(page, 'Settings')
}

export async function fillPlace(page: Page, { name, folder }: { name: string; folder: string }) {
  await page.getByRole('button', { name: 'A place', exact: true }).click()
  await page.getByLabel(/^Place \d+$/).last().fill(name)
  await page.getByLabel('Folder').last().fill(folder)
}
