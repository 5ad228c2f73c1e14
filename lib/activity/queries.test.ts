import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { listActivity, readHome } from './queries.ts'

const owner = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} } as const

async function makeApp(handle: string, environmentId: number) {
  const [row] = await db.insert(resources).values({ kind: 'app', handle, environmentId }).returning()
  return row!.id
}

async function record(app: number, environmentId: number, more: Partial<typeof operations.$inferInsert> = {}) {
  const [row] = await db
    .insert(operations)
    .values({
      type: 'deploy', title: 'Deploy', input: {}, plan: [], resourceId: app, resourceKind: 'app', resourceHandle: 'x', environmentId, appId: app,
      actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), ...more,
    })
    .returning()
  return row!.id
}

test('pages have no gap and nothing twice', async () => {
  const app = await makeApp('paged', 900)
  const made: number[] = []
  for (let n = 0; n < 120; n++) made.push(await record(app, 900))
  const seen: number[] = []
  for (let before: number | undefined; ; ) {
    const { rows, more } = await listActivity(owner, { environment: 900, before })
    seen.push(...rows.map(({ id }) => id))
    if (!more) break
    before = rows.at(-1)?.id
  }
  expect(seen).toEqual(made.toReversed())
})

test('finds by exact id, by the beginning of a handle and by words of the note, and by nothing else', async () => {
  const shop = await makeApp('shop-window', 901)
  const other = await makeApp('other', 901)
  const a = await record(shop, 901)
  const b = await record(other, 901, { note: 'Rounding of the checkout' })
  const find = async (q: string) => (await listActivity(owner, { environment: 901, q })).rows.map(({ id }) => id)
  expect(await find(String(a))).toEqual([a])
  expect(await find('shop')).toEqual([a])
  expect(await find('window')).toEqual([])
  expect(await find('checkout rounding')).toEqual([b])
  expect(await find('%')).toEqual([])
})

test('filters by type, status, actor and day', async () => {
  const app = await makeApp('filtered', 902)
  const old = await record(app, 902, { queuedAt: new Date('2026-01-31T23:59:59.999Z'), type: 'scale' })
  const day = await record(app, 902, { queuedAt: new Date('2026-02-01T00:00:00Z'), actorName: 'Grace_Hopper' })
  const find = async (filter: Parameters<typeof listActivity>[1]) => (await listActivity(owner, { environment: 902, ...filter })).rows.map(({ id }) => id)
  expect(await find({ from: '2026-02-01' })).toEqual([day])
  expect(await find({ to: '2026-01-31' })).toEqual([old])
  expect(await find({ type: 'scale' })).toEqual([old])
  expect(await find({ actor: 'grace_' })).toEqual([day])
  expect(await find({ status: 'failed' })).toEqual([])
})

test('a member finds what happened where they may read, and nothing else', async () => {
  const member = { ...owner, owner: false, scopes: { 902: ['read'], 901: ['deploy'] } } satisfies Actor
  const mine = await record(await makeApp('mine', 902), 902, {})
  await record(await makeApp('theirs', 901), 901, {})
  const rows = (await listActivity(member, {})).rows
  expect(rows[0]!.id).toBe(mine)
  expect(new Set(rows.map(({ environmentId }) => environmentId))).toEqual(new Set([902]))
  const home = await readHome(member)
  expect(new Set(home.queued.map(({ environmentId }) => environmentId))).toEqual(new Set([902]))
  await expect(listActivity(member, { environment: 903 })).rejects.toMatchObject({ code: 'not_found' })
  await expect(listActivity(member, { environment: 901 })).rejects.toMatchObject({ code: 'forbidden' })
  expect((await listActivity({ ...member, scopes: {} }, {})).rows).toEqual([])
})
