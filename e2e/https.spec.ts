import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../lib/router/free-port.ts'
import { selfSigned } from './support/certificate.ts'
import { openDatabase } from './support/database.ts'
import { makeMember, signIn } from './support/people.ts'
import { heading } from './support/person.ts'
import { currentRun, owner } from './support/run.ts'
import { expect, test as base } from './support/test.ts'

/** Another web of the Davit under test, behind a proxy that ends TLS and keeps the host that was asked for to itself, as many do. */
const test = base.extend<object, { home: string }>({
  home: [
    async ({}, use) => {
      const port = await freePort()
      const proxy = createServer(selfSigned(), (asked, answer) => {
        const forwarded = [asked.headers['x-forwarded-for'], asked.socket.remoteAddress].filter(Boolean).join(', ')
        const { url, method } = asked
        const onward = requestHttp({ port, host: '127.0.0.1', path: url, method, headers: { ...asked.headers, host: `127.0.0.1:${port}`, 'x-forwarded-for': forwarded } })
        onward.on('response', (response) => response.pipe(answer.writeHead(response.statusCode!, response.headers)))
        onward.on('error', () => answer.destroy())
        answer.on('close', () => onward.destroy())
        asked.pipe(onward)
      })
      proxy.listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      const home = `https://localhost:${(proxy.address() as AddressInfo).port}`
      const env = { ...process.env, DATABASE_URL: '', DAVIT_DATA: currentRun().data, DAVIT_PORT: String(port), DAVIT_URL: home, DAVIT_TRUSTED_PROXIES: '127.0.0.1' }
      const web = spawn(process.execPath, [join(import.meta.dirname, '../lib/start/web.ts')], { cwd: join(import.meta.dirname, '..'), env, stdio: 'ignore' })
      await expect.poll(() => fetch(`http://127.0.0.1:${port}/api/health`).then(({ ok }) => ok, () => false)).toBe(true)
      await use(home)
      web.kill('SIGTERM')
      await once(web, 'exit')
      proxy.closeAllConnections()
      proxy.close()
    },
    { scope: 'worker' },
  ],
})

test.use({ ignoreHTTPSErrors: true, storageState: { cookies: [], origins: [] } })

test('behind a proxy that ends TLS a person signs in, acts, and sees what happens', async ({ page, context, home }) => {
  await page.goto(`${home}/activity?actor=over-https@example.org`)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Nothing fits this filter.')).toBeVisible()
  expect(decodeURIComponent(page.url())).toBe(`${home}/activity?actor=over-https@example.org`)

  const cookies = await context.cookies()
  expect(cookies.filter(({ secure }) => !secure).map(({ name }) => name)).toEqual([])
  expect(cookies.map(({ name }) => name)).toEqual(expect.arrayContaining(['__Secure-davit.session', '__Secure-davit.device']))
  expect(decodeURIComponent(cookies.find(({ name }) => name.endsWith('callback-url'))!.value)).toMatch(new RegExp(`^${home}`))

  // Somebody comes in by the other web, over plain http: the event stream says so here.
  const sql = openDatabase()
  const { email } = await makeMember(sql, 'over https', {})
  await sql.end({ timeout: 1 })
  await signIn(email)
  await expect(page.getByRole('list', { name: 'Activity' })).toContainText('Signed in')

  await page.goto(`${home}/roles`)
  await page.getByRole('button', { name: 'New role' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Made over https')
  await page.getByRole('dialog').getByRole('button', { name: 'Create the role' }).click()
  await expect(page.getByRole('heading', { name: 'Made over https' })).toBeVisible()

  await page.getByText(owner.name, { exact: true }).first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(new RegExp(`^${home}/login`))
})

test('wrong guesses lock out the address that the proxy names, and nobody who comes from another', async ({ page, home }) => {
  const guess = async (address: string) => {
    const headers = { 'x-forwarded-for': address }
    const { csrfToken } = (await (await page.request.get(`${home}/api/auth/csrf`, { headers })).json()) as { csrfToken: string }
    const answer = await page.request.post(`${home}/api/auth/callback/credentials`, { headers, form: { email: owner.email, password: 'a guess', csrfToken, json: 'true' } })
    return new URL(((await answer.json()) as { url: string }).url).searchParams.get('error')
  }
  for (let n = 1; n <= 5; n++) expect(await guess('203.0.113.7')).toBe('CredentialsSignin')
  expect(await guess('203.0.113.7')).toMatch(/^Too many tries/)
  expect(await guess('198.51.100.1')).toBe('CredentialsSignin')

  await page.goto(`${home}/login`)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(heading(page)).toHaveText('What is going on')
})
