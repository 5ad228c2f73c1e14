import { createApp, heading, startDeploy } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

/** Two more than a browser's connections to one host over HTTP/1.1. */
const tabs = 8

test('eight tabs are live over one event stream', async ({ page, context, browser, board }) => {
  await createApp(page, { handle: 'observed', sources: [await makeSampleApp(board)] })
  await startDeploy(page, { ref: 'slow' })
  await board.waited('build')
  const streams: string[] = []
  context.on('request', (request) => request.url().endsWith('/api/events') && streams.push(request.url()))
  const pages = [page]
  while (pages.length < tabs) pages.push(await context.newPage())
  for (const tab of pages.slice(1)) await tab.goto(page.url())
  for (const tab of pages) await expect(heading(tab)).toHaveText(/^Deploying observed at slow: .* building$/)

  board.open('build')
  // Read again only every five seconds without hints: all eight are as quick as their stream.
  for (const tab of pages) await expect(heading(tab)).toHaveText(/: succeeded$/)
  const devtools = await browser.newBrowserCDPSession()
  const { targetInfos } = await devtools.send('Target.getTargets')
  expect(targetInfos.filter(({ type, url }) => type === 'shared_worker' && url.endsWith('/events-worker.js'))).toHaveLength(1)
  expect(streams, 'streams that a tab has opened for itself').toEqual([])
})
