import { requestsStated, underLoad } from './support/load.ts'
import { begin, createApp, createEndpoint, follow, openTab, startConfigure, startDeploy, startRestart, startScale, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

test('no request is lost by deploy, scale, configure, restart, rollback and a deploy that fails', async ({ page, board }) => {
  await createApp(page, { handle: 'zero-loss', sources: [await makeSampleApp(board)] })
  const port = Number(new URL(await createEndpoint(page, 'zero-loss', { limitSeconds: 10 })).port)
  await startDeploy(page)
  await succeeded(page)

  const under = async (change: () => Promise<unknown>, end: RegExp) => {
    const counted = await underLoad(page, { handle: 'zero-loss', port, answerBytes: 'hello from v1\n'.length }, change, end)
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
