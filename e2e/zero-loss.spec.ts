import type { Page } from '@playwright/test'
import { startLoad } from '../lib/router/load.ts'
import { begin, createApp, createEndpoint, ended, follow, openApp, openTab, startConfigure, startDeploy, startRestart, startScale, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('no request is lost by deploy, scale, configure, restart, rollback and a deploy that fails', async ({ page, board }) => {
  test.setTimeout(120_000)
  await createApp(page, { handle: 'zero-loss', sources: [await makeSampleApp(board)] })
  const port = Number(new URL(await createEndpoint(page, 'zero-loss', { limitSeconds: 2 })).port)
  await startDeploy(page)
  await succeeded(page)

  const under = async (change: () => Promise<unknown>, end: RegExp) => {
    const load = startLoad({ port, connections: 4, seconds: 60, postEvery: 5, answerBytes: 'hello from v1\n'.length })
    await openApp(page, 'zero-loss')
    await change()
    await ended(page, end)
    const counted = await load.stop()
    expect(counted, 'what the load generator saw').toMatchObject({ lost: 0, maintenance: 0, reasons: {} })
    expect(counted.ok).toBe(counted.sent)
    const stated = await requestsStated(page)
    expect(stated.lost).toBe(counted.lost)
    expect(stated.served).toBeGreaterThan(0)
    expect(stated.served).toBeLessThanOrEqual(counted.sent)
  }
  await under(() => startDeploy(page, { ref: 'v2' }), /: succeeded$/)
  await under(() => startScale(page, { web: 3 }), /: succeeded$/)
  await under(() => startConfigure(page, { GREETING: 'good morning' }), /: succeeded$/)
  await under(() => startRestart(page), /: succeeded$/)
  await under(() => startDeploy(page, { ref: 'broken' }), /: failed at “wait until they are healthy”, everything was put back$/)
  await under(async () => {
    await openTab(page, 'Releases')
    await follow(page.getByRole('list', { name: 'Releases' }).getByRole('link', { name: /^Scale zero-loss/ }))
    await page.getByRole('button', { name: 'Roll back', exact: true }).click()
    await begin(page.getByRole('dialog').getByRole('button', { name: 'Roll back', exact: true }))
  }, /: succeeded$/)
  await under(() => startScale(page, { web: 1 }), /: succeeded$/)
})

async function requestsStated(page: Page) {
  const text = await page.getByText(/requests during it, [\d,]+ lost/).textContent()
  const [served, lost] = (text ?? '').replaceAll(',', '').match(/\d+/g)!.map(Number)
  return { served: served!, lost: lost! }
}
