import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db, sql } from '../db/client.ts'
import { exportActivity } from './export-activity.ts'
import { listActivity } from './list-activity.ts'
import { findReach } from './reach.ts'
import { readChart } from './read-chart.ts'
import { readFilter } from './schema.ts'

const owner = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} } satisfies Actor
const member = { ...owner, owner: false, scopes: { 991: ['read'] } } satisfies Actor
const asked = (text: string) => readFilter(new URLSearchParams(text))
const idsOf = async (actor: Actor, text: string) => (await listActivity(actor, asked(text))).rows.map(({ id }) => id)

async function record(handle: string, environmentId: number) {
  const [app] = await db.insert(resources).values({ kind: 'app', handle, environmentId }).returning()
  const [row] = await db
    .insert(operations)
    .values({
      type: 'deploy', title: 'Deploy', input: {}, plan: [], resourceId: app!.id, resourceKind: 'app', resourceHandle: handle, environmentId, appId: app!.id,
      actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: crypto.randomUUID(),
    })
    .returning()
  return { app: app!.id, operation: row!.id }
}

const crowd = (handle: string, count: number, environment: number) =>
  sql`insert into resources (kind, handle, environment_id) select 'app', ${handle}, ${environment} from generate_series(1, ${count}::int)`

test('however many newer resources of that name lie elsewhere, what lies where one looks is found', async () => {
  const mine = await record('web', 991)
  await crowd('web', 1200, 992)
  for (const text of ['q=web', 'resource=web']) {
    for (const of of ['', '&environment=991', `&app=${mine.app}`, `&only=${mine.app}`]) expect(await idsOf(member, text + of), text + of).toEqual([mine.operation])
    for (const of of ['&environment=991', `&app=${mine.app}`, `&only=${mine.app}`]) expect(await idsOf(owner, text + of), text + of).toEqual([mine.operation])
    expect(await listActivity(member, asked(text)), text).toMatchObject({ ofNewest: null })
    expect(await readChart(member, asked(text), 'UTC')).toMatchObject({ ofNewest: null, count: { rows: 1, about: false } })
  }
})

test('where more resources have that name than are looked at, the list, the count and the export say so', async () => {
  await record('crowded', 993)
  await crowd('crowded', 1200, 993)
  const last = await record('crowded', 993)
  for (const [text, most] of [['q=crowd', 200], ['resource=crowded', 1000]] as const) {
    const list = await listActivity(owner, asked(text))
    expect([list.rows.map(({ id }) => id), list.ofNewest], text).toEqual([[last.operation], most])
    expect(await readChart(owner, asked(text), 'UTC'), text).toMatchObject({ ofNewest: most, count: { rows: 1, about: true } })
    await expect(exportActivity(owner, asked(text), new AbortController().signal), text).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('Narrow it') })
  }
})

test('the activity of a stack has what happened in an environment that never came to be', async () => {
  const [stack] = await db.insert(resources).values({ kind: 'stack', handle: 'here' }).returning()
  const [never] = await db.insert(resources).values({ kind: 'environment', handle: 'never', stackId: stack!.id }).returning()
  const { operation } = await record('shop', never!.id)
  expect(await idsOf(owner, `stack=${stack!.id}`)).toEqual([operation])
})

test('where more people have that name than are looked at, whoever is called exactly that is among them, and the list, the count and the export say so', async () => {
  const [first] = await db.insert(users).values({ email: 'first@example.org', name: 'Crowd 1', passwordHash: 'x' }).returning()
  await sql`insert into users (email, name, password_hash) select 'crowd-' || n || '@example.org', 'Crowd ' || n, 'x' from generate_series(2, 1200) n`
  await db.insert(users).values({ email: 'crowd@example.org', name: 'A crowd', passwordHash: 'x' })
  const [exact] = await db.insert(users).values({ email: 'exact@example.org', name: 'crowd', passwordHash: 'x' }).returning()
  const { operation } = await record('walked', 994)
  await db.update(operations).set({ actorId: exact!.id }).where(eq(operations.id, operation))
  for (const [text, ofPeople] of [['crowd', 1000], ['crowd@', null]] as const) expect(await listActivity(owner, asked(`actor=${text}`)), text).toMatchObject({ ofPeople })
  expect(await idsOf(owner, 'actor=crowd')).toEqual([operation])
  expect(await readChart(owner, asked('actor=crowd'), 'UTC')).toMatchObject({ count: { rows: 1, about: true } })
  await expect(exportActivity(owner, asked('actor=crowd'), new AbortController().signal)).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('More than 1000 people') })
  expect((await findReach(owner, asked('actor=CROWD'))).actors!.ids.slice(0, 2)).toEqual([exact!.id, first!.id])
})

test('an e-mail that is nowhere shown to a member cannot be spelled out by the actor filter', async () => {
  const [ada] = await db.insert(users).values({ name: 'Ada Hidden', email: 'private.address@home.example', passwordHash: 'none' }).returning()
  const { operation } = await record('hidden', 991)
  await db.update(operations).set({ actorId: ada!.id, actorName: 'Ada Hidden' }).where(eq(operations.id, operation))
  expect(await idsOf(owner, 'actor=private.address')).toEqual([operation])
  expect(await idsOf(member, 'actor=private.address')).toEqual([])
  expect(await idsOf(member, 'actor=hidden')).toEqual([operation])
})
