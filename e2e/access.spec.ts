import type { Page } from '@playwright/test'
import { heading } from './support/person.ts'
import { owner } from './support/run.ts'
import { expect, test } from './support/test.ts'

const pages = ['/', '/welcome', '/activity', '/environments', '/environments/2', '/environments/2/settings', '/environments/2/apps/new', '/apps/3', '/apps/3/configuration', '/endpoints/4', '/operations/1', '/stacks', '/stacks/1/settings']
const routes = ['/api/home', '/api/activity', '/api/operations/1', '/api/operations/1/log', '/api/operations/1/log/download', '/api/operations/1/rollback', '/api/events', '/api/apps/3/containers', '/api/containers/any/log']

test.use({ storageState: { cookies: [], origins: [] } })

test('who is not signed in is led to the way in, and gets nothing from any route', async ({ page, request }) => {
  for (const path of pages) {
    await page.goto(path)
    await expect(page, path).toHaveURL(/\/login/)
  }
  for (const path of routes) {
    const response = await request.get(path)
    expect([401, 403, 404], `${path} answers ${response.status()}`).toContain(response.status())
    expect(await response.text()).not.toMatch(/production|sample/)
  }
  await page.goto('/setup')
  await expect(page, 'there is an owner').toHaveURL(/\/login/)
})

test('a person signs in, sees the dashboard, and signs out', async ({ page, context, request }) => {
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'E-mail and password do not belong together.' })).toBeVisible()
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(heading(page)).toHaveText('What is going on')

  const cookies = await context.cookies()
  const session = cookies.find(({ name }) => name.endsWith('davit.session'))
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false })

  // Its own tries are counted apart from those of strangers from now on.
  expect(cookies.find(({ name }) => name.endsWith('davit.device'))).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false, path: '/api/auth' })

  const other = await context.newPage()
  await other.goto('/activity')
  await page.getByText(owner.name, { exact: true }).first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/login/)
  await expect(other, 'every tab is signed out').toHaveURL(/\/login/)
  // The cookie alone opens nothing any more: its session has ended.
  const cookie = `${session?.name}=${session?.value}`
  expect((await request.get('/api/home', { headers: { cookie } })).status()).toBe(401)
  const next = await request.get('/api/auth/session', { headers: { cookie } })
  expect([next.status(), await next.json()], 'nor does it tell a name').toEqual([200, {}])
})

async function signIn(page: Page) {
  await page.getByLabel('E-mail').fill(owner.email)
  await page.getByLabel('Password').fill(owner.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('who signs in comes to where they wanted to go', async ({ page }) => {
  await page.goto('/activity?status=failed')
  await expect(page).toHaveURL(/\/login\?next=%2Factivity%3Fstatus%3Dfailed$/)
  await signIn(page)
  await expect(page).toHaveURL(/\/activity\?status=failed$/)
})

test('a link to the way in leads to no other host', async ({ page, baseURL }) => {
  const home = new URL('/', baseURL).href
  await page.goto(`/login?next=${encodeURIComponent('/\t/evil.test')}`)
  await signIn(page)
  await expect(page).toHaveURL(home)
  for (const next of ['//evil.test', '/\\evil.test', 'https:evil.test', '/\t/evil.test', '/.//evil.test']) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`)
    await expect(page, next).toHaveURL(home)
  }
})

test('after five wrong passwords a minute has to pass', async ({ page }) => {
  await page.goto('/login')
  await page.getByLabel('E-mail').fill('nobody@example.org')
  for (let tries = 1; tries <= 5; tries++) {
    await page.getByLabel('Password').fill(`guess ${tries}`)
    const answered = page.waitForResponse(/callback\/credentials/)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await answered
    await expect(page.getByRole('alert').filter({ hasText: 'E-mail and password do not belong together.' })).toBeVisible()
  }
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'Too many tries. Wait a minute, then try again.' })).toBeVisible()
})

test('the way in leads back to the address people type', async ({ request, baseURL }) => {
  const [home] = (await request.get('/api/auth/csrf')).headersArray().filter(({ name, value }) => name.toLowerCase() === 'set-cookie' && value.includes('callback-url'))
  expect(home?.value).toContain(encodeURIComponent(baseURL!))
})

test('a form from another site is refused in words, before anything is done', async ({ request, baseURL }) => {
  for (const origin of ['https://evil.test', 'null', 'http://127.0.0.1:1']) {
    const answer = await request.post('/login', { headers: { origin, 'next-action': '40'.repeat(21) }, multipart: { 0: '["$K1"]' } })
    expect([answer.status(), await answer.text()], origin).toEqual([403, expect.stringContaining(`This form came from ${origin}, and Davit takes forms from its own pages only.`)])
  }
  const own = await request.post('/login', { headers: { origin: baseURL!, 'next-action': '40'.repeat(21) }, multipart: { 0: '["$K1"]' } })
  expect(own.status(), 'there is no such action, and that is all').not.toBe(403)
})

test('an address that is far too long is told what the limit is', async ({ request }) => {
  const answer = await request.get(`/activity?q=${'x'.repeat(1_000_000)}`)
  expect([answer.status(), await answer.text()]).toEqual([431, expect.stringContaining('may be 16 KB long together')])
})

test('pages come with headers that keep foreign scripts and frames out', async ({ request }) => {
  const headers = (await request.get('/login')).headers()
  const policy = headers['content-security-policy'] ?? ''
  expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]+' 'strict-dynamic'/)
  expect(policy.split(';').find((part) => part.includes('script-src'))).not.toContain('unsafe')
  expect(policy).toContain("frame-ancestors 'none'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
  const second = (await request.get('/login')).headers()['content-security-policy']
  expect(second, 'a nonce is used once').not.toBe(policy)
})
