import { test as base, type BrowserContext, expect } from '@playwright/test'
import { type Board, openBoard } from './board.ts'
import { currentRun } from './run.ts'
import { isSlow, slowDown } from './slow.ts'

/** A request that is refused or torn is what some tests are about; everything else on the console is a fault of ours. */
const harmless = /Failed to load resource|net::ERR_|Failed to fetch/

export const test = base.extend<{ board: Board; quietConsole: void }, { pace: void }>({
  pace: [
    async ({ browser }, use) => {
      if (isSlow) slowDown(browser)
      await use()
    },
    { scope: 'worker', auto: true },
  ],

  baseURL: ({}, use) => use(currentRun().url),

  board: async ({}, use) => {
    const board = await openBoard()
    await use(board)
    await board.close()
  },

  /** No test passes over an error on a page, and a violated content security policy is one. */
  quietConsole: [
    async ({ context }, use) => {
      const said = await listen(context)
      await use()
      expect(said, 'errors on the console').toEqual([])
    },
    { auto: true },
  ],
})

async function listen(context: BrowserContext): Promise<string[]> {
  const said: string[] = []
  context.on('console', (message) => message.type() === 'error' && !harmless.test(message.text()) && said.push(message.text()))
  context.on('weberror', (error) => said.push(error.error().message))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`policy violated: ${violatedDirective} by ${blockedURI}`))
  })
  return said
}

export { expect } from '@playwright/test'
