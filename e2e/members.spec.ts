import type { Browser, Page } from '@playwright/test'
import { openDatabase } from './support/database.ts'
import { follow, heading, openTab } from './support/person.ts'
import { makeMember, signIn } from './support/people.ts'
import { currentRun } from './support/run.ts'
import { expect, test } from './support/test.ts'

const password = 'a passphrase of theirs'

async function makeRole(page: Page, name: string) {
  await page.goto('/roles')
  await page.getByRole('button', { name: 'New role' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create the role' }).click()
  await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
}

async function permit(page: Page, role: string, environment: string, scope: string) {
  const row = page.getByRole('form', { name: `${role} in ${environment}` })
  await row.getByText(scope, { exact: true }).click()
  await row.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('form', { name: `${role} in ${environment}` }).getByRole('button', { name: 'Save' })).toHaveCount(0)
}

/** As the owner: the link to hand over. */
async function invite(page: Page, email: string, role?: string): Promise<string> {
  await page.goto('/members')
  await page.getByRole('button', { name: 'Invite a member' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('E-mail').fill(email)
  if (role) await dialog.getByLabel(role, { exact: true }).check()
  await dialog.getByRole('button', { name: 'Make the link' }).click()
  return await dialog.getByLabel('Link', { exact: true }).inputValue()
}

async function openStranger(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: currentRun().url, storageState: { cookies: [], origins: [] } })
  return await context.newPage()
}

async function openAs(browser: Browser, cookie: string): Promise<Page> {
  const page = await openStranger(browser)
  const [name, value] = cookie.split('=') as [string, string]
  await page.context().addCookies([{ name, value, url: currentRun().url }])
  return page
}

async function accept(page: Page, link: string, name: string) {
  await page.goto(link)
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Come in' }).click()
}

const refusal = (page: Page) => page.getByRole('alert').filter({ hasText: /link|address/ })

test('a member with read in one environment sees that one, and what else they might do is disabled and named', async ({ page, browser }) => {
  await makeRole(page, 'Onlookers')
  await permit(page, 'Onlookers', 'production', 'read')
  const link = await invite(page, 'olga@example.org', 'Onlookers')
  expect(new URL(link), 'the token is behind the #').toMatchObject({ pathname: '/invitation', search: '' })

  const member = await openStranger(browser)
  await accept(member, link, 'Olga Onlooker')
  await expect(heading(member)).toHaveText('What is going on')
  await expect(member.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveText(['Home', 'Activity', 'Environments'])

  await member.goto('/environments')
  await expect(member.getByRole('list', { name: 'Environments' }).getByRole('listitem')).toHaveCount(1)
  await expect(member.getByRole('button', { name: 'New environment (owners only)' })).toBeDisabled()
  await follow(member.getByRole('link', { name: 'production', exact: true }))
  await expect(member.getByRole('button', { name: 'New app (needs deploy)' })).toBeDisabled()
  await follow(member.getByRole('link', { name: 'sample', exact: true }))
  for (const name of ['Deploy (needs deploy)', 'Scale (needs operate)', 'Restart (needs operate)', 'Run a command (needs sensitive and operate)']) {
    await expect(member.getByRole('button', { name, exact: true })).toBeDisabled()
  }
  await openTab(member, 'Configuration')
  await expect(member.getByRole('button', { name: 'Add a variable (needs deploy)' })).toBeDisabled()
  await openTab(member, 'Endpoints')
  await expect(member.getByRole('button', { name: 'New endpoint (needs deploy)' })).toBeDisabled()
  await openTab(member, 'Settings')
  await expect(member.getByRole('button', { name: 'Save (needs deploy)' })).toBeDisabled()
  await expect(member.getByRole('button', { name: 'Deprovision the app (needs destroy)' })).toBeDisabled()
  await openTab(member, 'Overview')
  await follow(member.getByRole('link', { name: /^Deploy sample/ }).first())
  await expect(member.getByRole('button', { name: 'Run again (needs deploy)' })).toBeDisabled()
  await expect(member.getByRole('link', { name: 'Log', exact: true })).toBeVisible()

  for (const path of ['/stacks', '/members', '/roles', '/welcome']) {
    await member.goto(path)
    await expect(heading(member), path).toHaveText('Your roles do not open this page')
  }
  await member.goto('/environments/999999')
  await expect(heading(member)).toHaveText('There is nothing at this address')

  // What is given holds at once, on pages that are open.
  await member.goto('/apps/3')
  await expect(member.getByRole('button', { name: 'Deploy (needs deploy)' })).toBeDisabled()
  await page.goto('/roles')
  await permit(page, 'Onlookers', 'production', 'deploy')
  await expect(member.getByRole('button', { name: 'Deploy', exact: true })).toBeEnabled()
  await permit(page, 'Onlookers', 'production', 'deploy')
  await expect(member.getByRole('button', { name: 'Deploy (needs deploy)' })).toBeDisabled()

  await page.goto('/activity')
  for (const said of ['Role changed', 'Onlookers: read → read, deploy', 'Invitation accepted', 'Member invited']) await expect(page.getByRole('main')).toContainText(said)
  await member.context().close()
})

test('an admin who takes the last scope from a role is told that it will be out of their sight', async ({ page, browser }) => {
  await makeRole(page, 'Passers-by')
  await permit(page, 'Passers-by', 'production', 'read')
  const sql = openDatabase()
  const [production] = await sql<{ id: number }[]>`select id::int from environments where handle = 'production'`
  const { email } = await makeMember(sql, 'Gatekeeper', { [production!.id]: ['admin'] })
  await sql.end({ timeout: 1 })
  const admin = await openAs(browser, await signIn(email))
  await admin.goto('/roles')
  const row = admin.getByRole('form', { name: 'Passers-by in production' })
  const warning = row.getByText('Passers-by will not be shown to you any more')
  await row.getByText('deploy', { exact: true }).click()
  await expect(row.getByRole('button', { name: 'Save' })).toBeVisible()
  await expect(warning).toHaveCount(0)
  await row.getByRole('button', { name: 'Reset' }).click()
  await row.getByText('read', { exact: true }).click()
  await expect(warning).toBeVisible()
  await row.getByRole('button', { name: 'Save' }).click()
  await expect(admin.getByRole('heading', { name: 'Passers-by' })).toHaveCount(0)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Passers-by' })).toBeVisible()
  await permit(page, 'Passers-by', 'production', 'read')
  await admin.context().close()
})

test('a link works once, for a while, and says why when it does not', async ({ page, browser }) => {
  const link = await invite(page, 'late@example.org')
  const [first, second] = [await openStranger(browser), await openStranger(browser)]
  await accept(first, link, 'First')
  await expect(heading(first)).toHaveText('What is going on')
  await first.goto('/environments')
  await expect(first.getByText('You may not see any environment yet.')).toBeVisible()
  await accept(second, link, 'Second')
  await expect(refusal(second)).toContainText('has been used already')

  const sql = openDatabase()
  const late = await invite(page, 'later@example.org')
  await sql`update invitations set expires_at = now() where email = 'later@example.org'`
  await accept(second, late, 'Second')
  await expect(refusal(second)).toContainText('has expired')
  expect(await sql`select from users where email = 'later@example.org' or name = 'Second'`).toHaveLength(0)
  await sql.end({ timeout: 1 })

  const withdrawn = await invite(page, 'never@example.org')
  await page.keyboard.press('Escape')
  await page.getByRole('form', { name: 'Withdraw the link for never@example.org' }).getByRole('button').click()
  await expect(page.getByText('never@example.org')).toHaveCount(0)
  await accept(second, withdrawn, 'Second')
  await expect(refusal(second)).toContainText('was withdrawn')
  await second.goto('/invitation')
  await expect(refusal(second)).toContainText('lacks the part behind the #')
  await Promise.all([first, second].map((each) => each.context().close()))
})

test('an owner gives a member a new password by a link, which ends their sessions, and deactivates them', async ({ page, browser }) => {
  const member = await openStranger(browser)
  await accept(member, await invite(page, 'renee@example.org'), 'Renée')
  await expect(heading(member)).toHaveText('What is going on')
  await page.goto('/members')
  await follow(page.getByRole('link', { name: 'Renée' }))
  await expect(heading(page)).toHaveText('Member Renée')
  await page.getByRole('button', { name: 'New password by a link' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click()
  const link = await page.getByRole('dialog').getByLabel('Link', { exact: true }).inputValue()
  const elsewhere = await openStranger(browser)
  await elsewhere.goto(link)
  await elsewhere.getByRole('textbox', { name: 'New password' }).fill('another passphrase')
  await elsewhere.getByRole('button', { name: 'Set the password and sign in' }).click()
  await expect(heading(elsewhere)).toHaveText('What is going on')
  await expect(member, 'their former session is over').toHaveURL(/\/login/)

  await page.goto('/members')
  await follow(page.getByRole('link', { name: 'Renée' }))
  await page.getByRole('button', { name: 'Deactivate the member' }).click()
  await expect(page.getByRole('button', { name: 'Activate the member' })).toBeVisible()
  await expect(elsewhere).toHaveURL(/\/login/)
  await elsewhere.getByLabel('E-mail').fill('renee@example.org')
  await elsewhere.getByLabel('Password').fill('another passphrase')
  await elsewhere.getByRole('button', { name: 'Sign in' }).click()
  await expect(elsewhere.getByRole('alert').filter({ hasText: 'do not belong together' })).toBeVisible()
  await Promise.all([member, elsewhere].map((each) => each.context().close()))
})

test('the last owner cannot be deactivated', async ({ page }) => {
  await page.goto('/members')
  await follow(page.getByRole('link', { name: 'Ada Owner' }))
  await page.getByRole('button', { name: 'Deactivate the member' }).click()
  await expect(page.getByRole('alert').filter({ hasText: 'is the last owner' })).toBeVisible()
})

test('ending a session closes its stream at once, and leads its pages to the way in', async ({ page, browser }) => {
  const sql = openDatabase()
  const { id, email } = await makeMember(sql, 'Streamer', {})
  await sql.end({ timeout: 1 })
  const cookie = await signIn(email)
  const member = await openAs(browser, cookie)
  await member.goto('/account')
  await expect(heading(member)).toHaveText('Your account')
  const stream = await fetch(`${currentRun().url}/api/events`, { headers: { cookie } })
  const reader = stream.body!.getReader()
  await reader.read()

  await page.goto(`/members/${id}`)
  await page.getByRole('list', { name: 'Sessions' }).getByRole('button', { name: 'End' }).click()
  await expect(page.getByText('Not signed in anywhere.')).toBeVisible()
  const ended = async () => {
    while (!(await reader.read()).done);
    return true
  }
  expect(await ended()).toBe(true)
  await expect(member).toHaveURL(/\/login/)
  await member.context().close()
})

test('one renames oneself, changes the password, and ends a session of one’s own', async ({ page, browser }) => {
  const member = await openStranger(browser)
  await accept(member, await invite(page, 'nora@example.org'), 'Nora')
  await expect(heading(member)).toHaveText('What is going on')
  await signIn('nora@example.org', password)
  await member.getByText('Nora', { exact: true }).first().click()
  await follow(member.getByRole('link', { name: 'Your account' }))
  await expect(heading(member)).toHaveText('Your account')
  const sessions = member.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
  await expect(sessions).toHaveCount(2)
  await sessions.getByRole('button', { name: 'End' }).click()
  await expect(sessions).toHaveCount(1)
  await expect(sessions).toContainText('(this one)')

  await member.getByLabel('Your name').fill('Nora Jones')
  await member.getByRole('button', { name: 'Save the name' }).click()
  await expect(member.getByLabel('Menu of Nora Jones')).toBeVisible()
  await member.getByLabel('Password now').fill('not it')
  await member.getByLabel('New password').fill('another passphrase')
  await member.getByRole('button', { name: 'Change the password' }).click()
  await expect(member.getByLabel('Password now')).toHaveAttribute('aria-invalid', 'true')
  await member.getByLabel('Password now').fill(password)
  await member.getByRole('button', { name: 'Change the password' }).click()
  await expect(member.getByText('It is changed, and your other sessions have ended.')).toBeVisible()
  await signIn('nora@example.org', 'another passphrase')
  await member.context().close()
})
