import { expect, type Download, type Locator, type Page } from '@playwright/test'
import { buildCommand } from './sample-app.ts'

/** What a person does in many tests, by roles and labels only. */

/**
 * By a link, or by a button that leads elsewhere. Until the next page is there the old one stays, and what both have would be
 * looked for, and pressed, on the old one: this ends once the address is another, which comes with the page.
 */
export async function follow(there: Locator): Promise<void> {
  const page = there.page()
  const former = page.url()
  await there.click()
  await page.waitForURL(({ href }) => href !== former)
}

/** By the button that begins an operation, to its page. */
export async function begin(button: Locator): Promise<number> {
  await follow(button)
  const [, id] = /\/operations\/(\d+)$/.exec(button.page().url()) ?? []
  expect(id, `${button.page().url()} is the page of an operation`).toBeDefined()
  return Number(id)
}

/** What a link gives that leads nowhere. */
export async function download(link: Locator): Promise<Download> {
  const coming = link.page().waitForEvent('download')
  await link.click()
  return await coming
}

type NewApp = { handle: string; sources: string[]; ref?: string; build?: string; environment?: string }

export async function createApp(page: Page, { handle, sources, ref, build = buildCommand, environment = 'production' }: NewApp) {
  await page.goto('/environments')
  await follow(page.getByRole('link', { name: environment, exact: true }))
  await follow(page.getByRole('link', { name: 'New app' }).first())
  await page.getByLabel('Handle').fill(handle)
  for (const [index, url] of sources.entries()) {
    if (index > 0) await page.getByRole('button', { name: 'Another place to try' }).click()
    await page.getByLabel(sources.length > 1 && index > 0 ? `Place ${index + 1}` : 'URL or path', { exact: true }).fill(url)
  }
  await page.getByLabel('Branch, tag or commit').fill(ref ?? 'main')
  await page.getByLabel('Build command').fill(build)
  await begin(page.getByRole('button', { name: 'Create the app' }))
  await succeeded(page)
  await openApp(page, handle)
}

/** From an operation's page to its app. */
export const openApp = (page: Page, handle: string) => goUp(page, handle, `App ${handle}`)

/** By the trail above the title, to the page of that title. */
export async function goUp(page: Page, name: string, title: string) {
  await follow(page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name, exact: true }))
  await expect(heading(page)).toHaveText(title)
}

export const heading = (page: Page) => page.getByRole('heading', { level: 1 })

export async function openTab(page: Page, name: string) {
  const tab = page.getByRole('navigation', { name: /^Of the / }).getByRole('link', { name, exact: true })
  await tab.click()
  await expect(tab).toHaveAttribute('aria-current', 'page')
}

type NewEndpoint = { path?: string; strict?: boolean; limitSeconds?: number; maintenancePage?: string }

/** On the app's page: gives `web` a port of its own, and returns its address. */
export async function createEndpoint(page: Page, handle: string, { path, strict, limitSeconds, maintenancePage }: NewEndpoint = {}): Promise<string> {
  await openTab(page, 'Endpoints')
  await page.getByRole('button', { name: 'New endpoint' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('A port of its own').check()
  if (path) await dialog.getByLabel('Health check path').fill(path)
  if (strict) await dialog.getByLabel('Strict').check()
  if (maintenancePage) await dialog.getByLabel('Maintenance page').fill(maintenancePage)
  if (limitSeconds) await dialog.getByLabel('Within, in s').fill(String(limitSeconds))
  await begin(dialog.getByRole('button', { name: 'Create the endpoint' }))
  await succeeded(page)
  await follow(page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: `${handle}-web` }))
  const address = await page.getByRole('link', { name: /^http:/ }).textContent()
  await openApp(page, handle)
  return address ?? ''
}

type Change = { note?: string; strategy?: 'Blue-green' | 'Immediate' }

/** On the app's page. Ends on the page of the operation that has begun. */
export async function startDeploy(page: Page, { ref, note, strategy }: Change & { ref?: string } = {}): Promise<number> {
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  const dialog = page.getByRole('dialog')
  if (ref) await dialog.getByLabel(/^(Branch, tag or commit|Tag or digest)$/).fill(ref)
  return await submit(page, 'Deploy', { note, strategy })
}

export async function startScale(page: Page, formation: Record<string, number>, change: Change = {}): Promise<number> {
  await page.getByRole('button', { name: 'Scale', exact: true }).click()
  for (const [service, count] of Object.entries(formation)) await page.getByRole('dialog').getByLabel(service, { exact: true }).fill(String(count))
  return await submit(page, 'Scale', change)
}

export async function startRestart(page: Page, change: Change = {}): Promise<number> {
  await page.getByRole('button', { name: 'Restart', exact: true }).click()
  return await submit(page, 'Restart', change)
}

export async function startConfigure(page: Page, variables: Record<string, string>): Promise<number> {
  await openTab(page, 'Configuration')
  for (const [name, value] of Object.entries(variables)) {
    await page.getByRole('button', { name: 'Add a variable' }).click()
    await page.getByLabel('Name', { exact: true }).last().fill(name)
    await page.getByLabel(`Value of ${name}`).fill(value)
  }
  return await begin(page.getByRole('button', { name: 'Configure', exact: true }))
}

async function submit(page: Page, button: string, { note, strategy }: Change): Promise<number> {
  const dialog = page.getByRole('dialog')
  if (strategy) await dialog.getByLabel('Strategy').selectOption(strategy)
  if (note) await dialog.getByLabel('Note').fill(note)
  return await begin(dialog.getByRole('button', { name: button, exact: true }))
}

/** On an operation's page, which moves by itself: nobody reloads. */
export async function succeeded(page: Page) {
  await ended(page, /: succeeded$/)
}

export async function ended(page: Page, how: RegExp) {
  // On a slow disk a cluster is not initialised, nor a volume copied, in half a minute.
  await expect(heading(page)).toHaveText(/: (succeeded|failed|cancelled|took too long|given up)/, { timeout: 120_000 })
  // What has ended stays so: there is nothing to wait for.
  expect(await heading(page).textContent()).toMatch(how)
}
