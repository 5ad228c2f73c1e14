import type { Browser, BrowserContext } from '@playwright/test'

/** How much later the server's answers to a click are there, and a page's scripts after the page. */
const answerMs = 700
const aliveMs = 900

/** With DAVIT_E2E_SLOW=1 every test runs as on a machine that is busy: one that presses what is on the page before is found at once. */
export const isSlow = process.env.DAVIT_E2E_SLOW === '1'

export function slowDown(browser: Browser): void {
  const open = browser.newContext.bind(browser)
  browser.newContext = async (...options) => {
    const context = await open(...options)
    await comeAliveLate(context)
    await answerLate(context)
    return context
  }
}

/** React asks itself for its next piece of work by a message port. */
async function comeAliveLate(context: BrowserContext) {
  await context.addInitScript((ms) => {
    const { postMessage } = MessagePort.prototype
    let loaded: number | undefined
    addEventListener('load', () => (loaded = performance.now()))
    MessagePort.prototype.postMessage = function (this: MessagePort, ...message: unknown[]) {
      const left = (loaded ?? performance.now()) + ms - performance.now()
      if (left <= 0) return postMessage.apply(this, message as never)
      setTimeout(() => postMessage.apply(this, message as never), left)
    }
  }, aliveMs)
}

/** The next page, without its layout, and what an action says. */
async function answerLate(context: BrowserContext) {
  await context.route(
    ({ pathname }) => !pathname.startsWith('/api/') && !pathname.startsWith('/_next/'),
    (route) => {
      const asked = route.request()
      const late = new URL(asked.url()).searchParams.has('_rsc') || asked.method() === 'POST'
      setTimeout(() => void route.continue().catch(() => {}), late ? answerMs : 0)
    },
  )
}
