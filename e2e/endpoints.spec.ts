import { get } from 'node:http'
import { begin, createApp, goUp, openApp, openTab, startDeploy, succeeded } from './support/person.ts'
import { currentRun } from './support/run.ts'
import { makeSampleApp } from './support/sample-app.ts'
import { expect, test } from './support/test.ts'

/** As a request would come in that DNS has led to the router. */
function ask(host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const request = get({ host: '127.0.0.1', port: currentRun().routerPort, headers: { host }, agent: false }, async (response) => {
    let text = ''
    for await (const chunk of response) text += String(chunk)
    resolve(`${response.statusCode} ${text.trim()}`)
  })
  request.on('error', reject)
  return promise
}

test('an endpoint is created by host name, changed, and deprovisioned', async ({ page, board }) => {
  await createApp(page, { handle: 'reachable', sources: [await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'reachable')
  await openTab(page, 'Endpoints')
  await expect(page.getByText('No address leads to it yet.')).toBeVisible()
  await page.getByRole('button', { name: 'New endpoint' }).click()
  await page.getByRole('dialog').getByLabel('Host name', { exact: true }).fill('shop.example.org')
  await begin(page.getByRole('dialog').getByRole('button', { name: 'Create the endpoint' }))
  await succeeded(page)
  expect(await ask('shop.example.org')).toBe('200 hello from v1')
  expect(await ask('other.example.org')).toMatch(/^404 .*Nothing here/s)

  await goUp(page, 'shop.example.org', 'Endpoint shop.example.org')
  await page.getByLabel('Host name', { exact: true }).fill('store.example.org')
  await begin(page.getByRole('button', { name: 'Save' }))
  await succeeded(page)
  expect(await ask('store.example.org')).toBe('200 hello from v1')
  expect(await ask('shop.example.org')).toMatch(/^404 /)

  // The operation keeps the handle it was asked for under.
  await goUp(page, 'shop.example.org', 'Endpoint store.example.org')
  await page.getByLabel('Type store.example.org to confirm').fill('store.example.org')
  await begin(page.getByRole('button', { name: 'Deprovision the endpoint' }))
  await succeeded(page)
  expect(await ask('store.example.org')).toMatch(/^404 /)
  await goUp(page, 'store.example.org', 'Endpoint store.example.org')
  await expect(page.getByText(/its activity is kept/)).toBeVisible()
  await expect(page.getByRole('list', { name: 'Activity' }).getByRole('listitem')).toHaveCount(3)
})

test('an address that cannot be is told beside its field', async ({ page, board }) => {
  await createApp(page, { handle: 'unreachable', sources: [await makeSampleApp(board)] })
  await startDeploy(page)
  await succeeded(page)
  await openApp(page, 'unreachable')
  await openTab(page, 'Endpoints')
  const dialog = page.getByRole('dialog')
  const host = dialog.getByLabel('Host name', { exact: true })
  const submit = dialog.getByRole('button', { name: 'Create the endpoint' })
  await page.getByRole('button', { name: 'New endpoint' }).click()

  for (const [name, says] of [['http://shop.example.org/', /a host name, without http:\/\/ and path/], ['', /either a host name or a port/]] as const) {
    await host.fill(name)
    await submit.click()
    await expect(host).toHaveAccessibleDescription(says)
  }
  await dialog.getByLabel('Service').selectOption('worker')
  await host.fill('worker.example.org')
  await submit.click()
  await expect(dialog.getByLabel('Service')).toHaveAccessibleDescription(/listens on no port/)
  await dialog.getByLabel('Service').selectOption('web')
  await dialog.getByLabel('Health check path').fill('healthcheck')
  await submit.click()
  await expect(dialog.getByLabel('Health check path')).toHaveAccessibleDescription(/begins with \//)
  await dialog.getByLabel('Health check path').fill('/')
  await dialog.getByLabel('A port of its own').check()
  await dialog.getByLabel('Port', { exact: true }).fill('80')
  await submit.click()
  await expect(dialog.getByLabel('Port', { exact: true })).toHaveAccessibleDescription(/\d+ to \d+/)

  await dialog.getByLabel('A host name').check()
  await host.fill('taken.example.org')
  await begin(submit)
  await succeeded(page)
  await goUp(page, 'taken.example.org', 'Endpoint taken.example.org')
  await goUp(page, 'Endpoints', 'App unreachable')
  await page.getByRole('button', { name: 'New endpoint' }).click()
  await host.fill('taken.example.org')
  await submit.click()
  await expect(host).toHaveAccessibleDescription(/taken/)
})
