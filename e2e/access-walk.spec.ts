import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test as base } from '@playwright/test'
import type postgres from 'postgres'
import { actions, addresses, adminOfAny, downloads, lists, type Rule, type Walked } from './support/access-table.ts'
import { openDatabase, tamper } from './support/database.ts'
import { makeDatabaseRow } from './support/database-row.ts'
import { makeMember, memberName, signIn } from './support/people.ts'
import { currentRun, owner } from './support/run.ts'

const built = join(import.meta.dirname, '../.next/server')
const scopes = ['read', 'deploy', 'operate', 'sensitive', 'destroy', 'admin'] as const
const nothing = 'There is nothing here that you may see.'

/** In whose shoes; `stranger` has every scope in another environment. */
type Shoes = { name: string; cookie: string; owner: boolean; scopes: readonly string[]; endedSession: string }

const test = base.extend<object, { sql: postgres.Sql; walked: Walked; everybody: Shoes[] }>({
  sql: [
    async ({}, use) => {
      const sql = openDatabase()
      await use(sql)
      await sql.end({ timeout: 1 })
    },
    { scope: 'worker' },
  ],
  walked: [async ({ sql }, use) => use(await makeWalked(sql)), { scope: 'worker' }],
  everybody: [
    async ({ sql, walked }, use) => {
      await use(await makeEverybody(sql, walked))
      // Other tests want to find the environments they know.
      await sql`update environments set deprovisioned_at = now() where handle = 'walked-elsewhere'`
    },
    { scope: 'worker' },
  ],
})

/** Production with the sample app of the first visit, and things in it that are gone. */
async function makeWalked(sql: postgres.Sql): Promise<Walked> {
  const one = async (rows: postgres.PendingQuery<postgres.Row[]>) => Number((await rows)[0]!.id)
  const environment = await one(sql`select id from environments where handle = 'production'`)
  const app = await one(sql`select id from apps where handle = 'sample' and environment_id = ${environment}`)
  const gone = (kind: string, handle: string, appId: number | null) => one(sql`insert into resources (kind, handle, environment_id, app_id) values (${kind}, ${handle}, ${environment}, ${appId}) returning id`)
  const goneApp = await gone('app', 'walked-gone', null)
  await sql`insert into apps (id, environment_id, handle, deprovisioned_at) values (${goneApp}, ${environment}, 'walked-gone', now())`
  const goneEndpoint = await gone('endpoint', 'walked.example.org', goneApp)
  await sql`insert into endpoints (id, app_id, service, host, health, deprovisioned_at) values (${goneEndpoint}, ${goneApp}, 'web', 'walked.example.org', '{"path":"/","strict":false,"limitSeconds":3}', now())`
  const goneOperation = await one(sql`
    insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, environment_id, environment_handle, app_id, actor_kind, actor_name, source, request_key, started_at, finished_at)
    values ('deploy', 'succeeded', 'Deploy walked-gone', ${sql.json({ app: goneApp })}, '[]', ${goneApp}, 'app', 'walked-gone', ${environment}, 'production', ${goneApp}, 'user', 'Ada', 'dashboard', gen_random_uuid(), now(), now())
    returning id`)
  const role = (name: string) => one(sql`insert into roles (name) values (${name}) returning id`)
  const readingRole = await role('Walked readers')
  await sql`insert into role_scopes (role_id, environment_id, scope) values (${readingRole}, ${environment}, 'read')`
  const [goneStack] = await sql<{ id: number }[]>`insert into resources (kind, handle) values ('stack', 'walked-stack') returning id`
  await sql`insert into stacks (id, handle, driver, deprovisioned_at) values (${goneStack!.id}, 'walked-stack', 'local', now())`
  const { database } = await makeDatabaseRow(sql, { environment, handle: 'walked-database' })
  const { database: goneDatabase, backup: goneBackup } = await makeDatabaseRow(sql, { environment, handle: 'walked-database-gone', gone: true })
  await sql`update backups set purged_at = now() where id = ${goneBackup}`
  const [container] = await sql<{ name: string }[]>`select name from containers where owner_id = ${app} and phase <> 'unwanted' limit 1`
  return {
    environment, app, database, goneApp, goneDatabase, goneBackup, goneEndpoint, goneOperation,
    endpoint: await one(sql`select id from endpoints where app_id = ${app} and deprovisioned_at is null`),
    operation: await one(sql`select min(id) as id from operations where app_id = ${app} and type = 'deploy'`),
    stack: await one(sql`select stack_id as id from environments where id = ${environment}`),
    owner: await one(sql`select id from users where email = ${owner.email}`),
    member: await one(sql`select id from users where email = ${owner.email}`),
    goneRole: await role('Walked nothing'),
    spareRole: await role('Walked by nobody'),
    readingRole,
    goneStack: Number(goneStack!.id),
    goneMember: await one(sql`insert into users (email, name, password_hash, deactivated_at) values ('walked-away@example.org', 'Walked away', 'x', now()) returning id`),
    goneInvitation: await one(sql`
      insert into invitations (kind, token_hash, email, expires_at, withdrawn_at) values ('invite', 'none', 'walked-off@example.org', now() + interval '1 day', now()) returning id`),
    name: container!.name,
    report: await makeReport(sql, environment),
    nextauth: 'csrf',
  }
}

/** The environment turns out to be a week older: the runner makes, and seals, the report of the week before this one. */
async function makeReport(sql: postgres.Sql, environment: number): Promise<number> {
  await tamper(sql, (tx) => tx`update resources set created_at = created_at - interval '7 days' where id = ${environment}`)
  const find = async () => (await sql<{ id: string }[]>`select min(id) as id from reports where environment_id = ${environment}`)[0]!.id
  await expect.poll(find).not.toBeNull()
  return Number(await find())
}

async function makeEverybody(sql: postgres.Sql, { environment, stack }: Walked): Promise<Shoes[]> {
  const shoes = async (name: string, email: string, held: readonly string[], more: { owner?: boolean } = {}): Promise<Shoes> => {
    const [ended] = await sql<{ id: string }[]>`insert into sessions (user_id, expires_at, ended_at) select id, now() + interval '1 day', now() from users where email = ${email} returning id`
    return { name, cookie: await signIn(email), owner: more.owner ?? false, scopes: held, endedSession: ended!.id }
  }
  const [elsewhere] = await sql<{ id: string }[]>`insert into resources (kind, handle, stack_id) values ('environment', 'walked-elsewhere', ${stack}) returning id`
  await sql`insert into environments (id, stack_id, handle) values (${elsewhere!.id}, ${stack}, 'walked-elsewhere')`
  const everybody: Shoes[] = [
    { name: 'nobody', cookie: '', owner: false, scopes: [], endedSession: crypto.randomUUID() },
    await shoes('owner', owner.email, scopes, { owner: true }),
  ]
  for (const scope of scopes) {
    const { email } = await makeMember(sql, scope, { [environment]: [scope] })
    everybody.push(await shoes(scope, email, [scope]))
  }
  const both = await makeMember(sql, 'operate and sensitive', { [environment]: ['operate', 'sensitive'] })
  everybody.push(await shoes('operate and sensitive', both.email, ['operate', 'sensitive']))
  const stranger = await makeMember(sql, 'stranger', { [Number(elsewhere!.id)]: scopes })
  everybody.push(await shoes('stranger', stranger.email, []))
  return everybody
}

test.describe.configure({ mode: 'serial' })

type Answer = 'open' | 'lacking' | 'absent' | 'signed out'

/** DESIGN 9, in one place. */
function expected(rule: Rule, shoes: Shoes): Answer {
  if (rule === 'public') return 'open'
  if (shoes.name === 'nobody') return 'signed out'
  if (shoes.owner || rule === 'members') return 'open'
  if (rule === 'owner') return 'lacking'
  if (shoes.scopes.length === 0) return 'absent'
  const needs = [rule].flat()
  return needs.every((scope) => shoes.scopes.includes(scope) || shoes.scopes.includes('admin')) ? 'open' : 'lacking'
}

async function listAddresses(): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(built, 'app-paths-manifest.json'), 'utf8')) as Record<string, string>
  return Object.keys(manifest)
    .filter((path) => !path.startsWith('/_'))
    .map((path) => path.replace(/\/\([^)]+\)/g, '').replace(/\/(page|route)$/, '') || '/')
    .toSorted()
}

const fill = (path: string, walked: Walked) => path.replace(/\[(?:\.\.\.)?(\w+)\]/g, (_all, name: keyof Walked) => encodeURIComponent(walked[name]))
const unknown = (walked: Walked): Walked => ({ ...walked, environment: 999_999, app: 999_999, endpoint: 999_999, database: 999_999, operation: 999_999, stack: 999_999, member: 999_999, report: 999_999, name: 'none-of-ours' })

/** A stream that is open is left after its first words. */
async function get(path: string, { cookie }: Shoes): Promise<{ answer: Answer | number; text: string }> {
  const leave = new AbortController()
  const response = await fetch(`${currentRun().url}${path}`, { headers: { cookie }, redirect: 'manual', signal: leave.signal })
  const streaming = response.headers.get('content-type') === 'text/event-stream'
  const text = streaming ? new TextDecoder().decode((await response.body!.getReader().read()).value) : await response.text()
  leave.abort()
  const home = response.headers.get('location') ?? ''
  const signedOut = response.status === 401 || (response.status === 307 && new URL(home, currentRun().url).pathname === '/login')
  const answers: Record<number, Answer> = { 200: 'open', 307: 'open', 403: 'lacking', 404: 'absent' }
  return { answer: signedOut ? 'signed out' : (answers[response.status] ?? response.status), text }
}

test('the table has every page and route of the build, and no other', async () => {
  expect(await listAddresses()).toEqual([...Object.keys(addresses), ...adminOfAny].toSorted())
})

test('every page and route answers each as the table says', async ({ walked, everybody }) => {
  const wrong: string[] = []
  for (const shoes of everybody) {
    for (const [pattern, rule] of Object.entries(addresses)) {
      const [there, missing] = [await get(fill(pattern, walked), shoes), await get(fill(pattern, unknown(walked)), shoes)]
      const should = expected(rule, shoes)
      const say = (what: string) => wrong.push(`${pattern} as ${shoes.name}: ${what}`)
      if (there.answer !== should && !(rule === 'public' && there.answer === 'signed out')) say(`${there.answer} instead of ${should}`)
      if (should === 'absent' && missing.answer !== 'absent') say(`an unknown id is ${missing.answer}`)
      if (should === 'absent' && pattern.startsWith('/api/') && there.text !== missing.text) say('its words are others than for an unknown id')
      const reads = shoes.owner || shoes.scopes.some((scope) => scope === 'read' || scope === 'admin')
      const mayName = reads || (pattern === '/environments' && shoes.scopes.length > 0)
      if (!mayName && rule !== 'owner' && /production|walked-(gone|database)|sample app|"sample"/.test(there.text)) say('it speaks of what is not to be seen')
      if (mayName && lists.includes(pattern) && !there.text.includes('production')) say('it leaves out what is to be seen')
    }
  }
  expect(wrong).toEqual([])
})

test('a report is found in its own environment only, and the head of a download is none', async ({ walked, everybody, sql }) => {
  const [elsewhere] = await sql<{ id: string }[]>`select id from environments where handle = 'walked-elsewhere'`
  const path = '/api/environments/[environment]/reports/[report]/csv'
  for (const shoes of everybody.filter(({ name }) => name !== 'nobody')) {
    const [there, missing] = [await get(fill(path, { ...walked, environment: Number(elsewhere!.id) }), shoes), await get(fill(path, { ...walked, environment: Number(elsewhere!.id), report: 999_999 }), shoes)]
    expect(there, shoes.name).toEqual({ answer: 'absent', text: missing.text })
  }
  const taken = async () => (await sql<{ n: number }[]>`select count(*)::int as n from events where kind in ('log downloaded', 'report downloaded', 'activity exported')`)[0]!.n
  const { cookie } = everybody.find(({ name }) => name === 'read')!
  for (const pattern of downloads) {
    const before = await taken()
    const ask = (method: string) => fetch(`${currentRun().url}${fill(pattern, walked)}`, { method, headers: { cookie } })
    const head = await ask('HEAD')
    expect([head.status, await head.text(), await taken()], pattern).toEqual([200, '', before])
    const whole = await ask('GET')
    const named = (answer: Response) => ['content-type', 'content-disposition', 'davit-seal', 'content-encoding'].map((name) => answer.headers.get(name))
    expect(named(head), pattern).toEqual(named(whole))
    expect((await whole.text()).length, pattern).toBeGreaterThan(0)
    expect(await taken(), pattern).toBe(before + 1)
  }
})

test('the roles are shown to whoever is admin of an environment, and of that one only', async ({ everybody }) => {
  for (const shoes of everybody) {
    const { answer, text } = await get('/roles', shoes)
    const admin = shoes.scopes.includes('admin') || shoes.name === 'stranger'
    expect(answer, shoes.name).toBe(shoes.name === 'nobody' ? 'signed out' : shoes.owner || admin ? 'open' : 'lacking')
    if (shoes.name === 'stranger') expect(text).not.toMatch(/production|Walked (nothing|readers|deploy)/)
    if (shoes.name === 'admin') expect(text).not.toMatch(/walked-elsewhere|Walked (nothing|stranger)/)
    if (admin || shoes.owner) expect(text).toContain(shoes.name === 'stranger' ? 'Walked stranger' : 'Walked readers')
  }
})

type Action = { id: string; page: string }

/** By file and name, as the table has them: where it is bundled, and under which id it is called. */
async function listActions(): Promise<Map<string, Action>> {
  type Entry = { filename: string; exportedName: string; workers: Record<string, unknown> }
  const manifest = JSON.parse(await readFile(join(built, 'server-reference-manifest.json'), 'utf8')) as { node: Record<string, Entry> }
  return new Map(
    Object.entries(manifest.node).map(([id, { filename, exportedName, workers }]) => {
      const page = Object.keys(workers)[0]!.replace(/^app/, '').replace(/\/\([^)]+\)/g, '').replace(/\/page$/, '') || '/'
      return [`${filename} ${exportedName}`, { id, page }]
    }),
  )
}

/** As React sends a form to an action, without any page: what it answers, or that it was taken. */
async function call({ id, page }: Action, fields: Record<string, string | number>, walked: Walked, { cookie }: Shoes): Promise<string> {
  const body = new FormData()
  for (const [name, value] of Object.entries({ ...fields, requestKey: crypto.randomUUID() })) body.set(`_1_${name}`, String(value))
  body.set('0', '["$K1"]')
  const { url } = currentRun()
  const response = await fetch(`${url}${fill(page, walked)}`, { method: 'POST', body, headers: { 'next-action': id, origin: url, accept: 'text/x-component', cookie }, redirect: 'manual' })
  const text = await response.text()
  const [, taken, error] = /"ok":(true|false)(?:,"error":("(?:[^"\\]|\\.)*"))?/.exec(text) ?? []
  if (response.status === 303) return `it redirected to ${response.headers.get('x-action-redirect')}`
  if (taken === 'true') return 'taken'
  return error ? (JSON.parse(error) as string) : `${response.status} ${text.slice(0, 200)}`
}

const sentences: Record<Exclude<Answer, 'open'>, RegExp> = {
  'signed out': /^Your session has ended/,
  lacking: /^This needs [a-z ]+ on this environment|^Only owners may do this/,
  absent: new RegExp(`^${nothing}$`),
}

test('the table has every server action of the build, and no other', async () => {
  expect([...(await listActions()).keys()].toSorted()).toEqual(Object.keys(actions).toSorted())
})

test('every server action answers each as the table says, and none of these begins anything', async ({ walked, everybody, sql }) => {
  const count = async () => (await sql<{ n: number }[]>`select count(*)::int as n from operations where actor_email is not null`)[0]!.n
  const [built, before, wrong] = [await listActions(), await count(), [] as string[]]
  for (const shoes of everybody) {
    for (const [name, { rule, fields }] of Object.entries(actions)) {
      const action = built.get(name)
      if (!action) continue
      const should = expected(rule, shoes)
      const said = await call(action, fields(walked, { name: shoes.owner ? owner.name : memberName, endedSession: shoes.endedSession }), walked, shoes)
      const refused = Object.entries(sentences).find(([, words]) => words.test(said))?.[0] ?? (/^\d+ |^it redirected|^Something in the form/.test(said) ? said : 'open')
      if (refused !== should) wrong.push(`${name} as ${shoes.name}: ${refused} instead of ${should} (${said})`)
    }
  }
  expect(wrong).toEqual([])
  expect(await count()).toBe(before)
})

test('an action says of an unknown id what it says of one in an environment that is not to be seen', async ({ walked, everybody }) => {
  const stranger = everybody.find(({ name }) => name === 'stranger')!
  const nowhere: Walked = { ...walked, environment: 999_999, app: 999_999, endpoint: 999_999, database: 999_999, goneApp: 999_999, goneDatabase: 999_999, goneBackup: 999_999, goneEndpoint: 999_999, goneOperation: 999_999 }
  for (const [name, action] of await listActions()) {
    const asked = actions[name]!
    if (expected(asked.rule, stranger) !== 'absent') continue
    expect(await call(action, asked.fields(nowhere, { name: memberName, endedSession: stranger.endedSession }), walked, stranger), name).toBe(nothing)
  }
})
