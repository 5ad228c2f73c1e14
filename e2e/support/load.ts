import type { Page } from '@playwright/test'
import { startLoad } from '../../lib/router/load.ts'
import { ended, openApp } from './person.ts'
import { expect } from './test.ts'

type Served = { handle: string; port: number; answerBytes: number }

/** What a change of an app costs its users: a load generator outside Davit counts, and Davit has to state the same. */
export async function underLoad(page: Page, { handle, port, answerBytes }: Served, change: () => Promise<unknown>, end: RegExp) {
  const load = startLoad({ port, connections: 4, seconds: 600, postEvery: 5, answerBytes })
  await openApp(page, handle)
  await change()
  await ended(page, end)
  const counted = await load.stop()
  expect(counted, 'what the load generator saw').toMatchObject({ lost: 0, maintenance: 0, reasons: {} })
  expect(counted.ok).toBe(counted.sent)
  return counted
}

/** On the page of an operation that has counted. */
export async function requestsStated(page: Page) {
  const text = await page.getByText(/requests during it, [\d,]+ lost/).textContent()
  const [served, lost] = (text ?? '').replaceAll(',', '').match(/\d+/g)!.map(Number)
  return { served: served!, lost: lost! }
}
