import { readFile } from 'node:fs/promises'
import { downloadLog } from './support/log.ts'
import { createApp, download, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

const lines = 30_000
const numbers = Array.from({ length: lines }, (_, index) => `line ${index + 1} of many`)

/** Quick, so that batches are full; then a line of 100 KB, and one with bytes that are no text. */
const chatty = `
for (let line = 1; line <= ${lines}; line++) console.log('line ' + line + ' of many')
console.log('x'.repeat(100 * 1024))
process.stdout.write(Buffer.from([0x66, 0xff, 0xfe, 0x00, 0x0a]))
console.error('\\u001b[31mred\\u001b[0m words')
`

test('a log is downloaded whole and in order, from its page and from a list', async ({ page, board }) => {
  const source = await makeSampleApp(board, { 'build.sh': 'node chatty.js\n', 'chatty.js': chatty })
  await createApp(page, { handle: 'chatty', sources: [source] })
  await startDeploy(page)
  await succeeded(page)
  const text = await downloadLog(page)
  expect(text.match(/line \d+ of many/g)?.join() === numbers.join(), 'every line, once and in order').toBe(true)
  expect(text.match(/x{1000,}.*/)?.[0]).toBe(`${'x'.repeat(64 * 1024)} … [line cut at 64 KB]`)
  expect(text.slice(-12)).toBe(' Succeeded.\n')
  const odd = text.trimEnd().split('\n').filter((line) => !/^\d{4}-\d\d-\d\dT[\d:.]+Z \S+ (stdout|stderr) /.test(line))
  expect(odd, 'lines without instant, source and stream').toEqual([])
  expect(instants(text)).toEqual(instants(text).toSorted())

  await page.getByRole('searchbox', { name: /search/i }).fill('line 29999 of')
  await expect(page.getByRole('region', { name: 'Lines of the log' }).getByText('line 29999 of many')).toBeVisible()
  await openApp(page, 'chatty')
  await openTab(page, 'Activity')
  const log = await download(page.getByRole('listitem').filter({ hasText: 'Deploy chatty' }).getByRole('link', { name: /^Download the log/ }))
  expect(log.suggestedFilename()).toMatch(/^operation-\d+-deploy-chatty\.log$/)
  expect((await readFile(await log.path(), 'utf8')) === text, 'both downloads are the same').toBe(true)
})

test('a log that is downloaded while it is written ends with its operation', async ({ page, board }) => {
  await createApp(page, { handle: 'unfinished', sources: [await makeSampleApp(board)] })
  await startDeploy(page, { ref: 'slow' })
  await board.waited('build')
  const coming = downloadLog(page)
  board.open('build')
  const text = await coming
  await succeeded(page)
  expect(text).toMatch(/the build waits[^]*the build goes on[^]*Succeeded\.\n$/)
  expect(await downloadLog(page)).toBe(text)
})

/** Davit's own lines: what containers write has the time at which it was written there. */
function instants(text: string): string[] {
  return text.split('\n').filter((line) => line.includes(' davit stdout ')).map((line) => line.slice(0, 24))
}
