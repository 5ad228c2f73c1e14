import { readFile } from 'node:fs/promises'
import { expect, type Page } from '@playwright/test'
import { download } from './person.ts'

/** The lines of the log that are on the screen. */
export const logOf = (page: Page) => page.getByRole('region', { name: 'Lines of the log' })

/** The whole log, by the button that a person would press on an operation's page. */
export async function downloadLog(page: Page): Promise<string> {
  const log = await download(page.getByRole('main').getByRole('link', { name: 'Log', exact: true }))
  return await readFile(await log.path(), 'utf8')
}

/** In this order; other lines may lie between. */
export function expectInOrder(text: string, parts: (string | RegExp)[]) {
  let rest = text
  for (const part of parts) {
    const at = typeof part === 'string' ? rest.indexOf(part) : rest.search(part)
    expect(at, `${part} after what came before it in:\n${text}`).toBeGreaterThanOrEqual(0)
    rest = rest.slice(at + 1)
  }
}
