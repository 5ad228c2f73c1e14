import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db, sql } from '../db/client.ts'
import { exportActivity } from './export-activity.ts'
import { listActivity } from './list-activity.ts'
import { readHome } from './queries.ts'
import { readChart } from './read-chart.ts'
import { recordEvent } from './record-event.ts'
import { readFilter } from './schema.ts'
import { findBounds } from './time-bounds.ts'

const owner = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} } satisfies Actor
const asked = (text: string) => readFilter(new URLSearchParams(text))

async function makeResource(handle: string, environmentId: number, more: Partial<typeof resources.$inferInsert> = {}) {
  const [row] = await db.insert(resources).values({ kind: 'app', handle, environmentId, ...more }).returning()
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

async function tell(resource: number, environmentId: number) {
  await db.transaction((tx) => recordEvent(tx, { kind: 'variables shown', actor: owner, environmentId, appId: resource, resource: { id: resource, handle: 'x' }, detail: 'TOKEN' }))
  const [row] = await sql<{ id: string }[]>`select max(id) as id from events`
  return Number(row!.id)
}

const idsOf = async (text: string, actor: Actor = owner) => (await listActivity(actor, asked(text))).rows.map(({ id }) => id)

describe('a list of activity', () => {
  test('has operations and events in one order, and pages both ways with no gap and nothing twice', async () => {
    const app = await makeResource('paged', 900)
    const made: number[] = []
    for (let n = 0; n < 130; n++) made.push(n % 3 === 1 ? await tell(app, 900) : await record(app, 900))
    const back: number[][] = []
    for (let before = ''; ; ) {
      const { rows, older } = await listActivity(owner, asked(`environment=900${before}`))
      back.push(rows.map(({ id }) => id))
      if (!older) break
      before = `&before=${rows.at(-1)!.id}`
    }
    expect(back.flat()).toEqual(made.toReversed())
    const forth = await listActivity(owner, asked(`environment=900&after=${back[2]![0]}`))
    expect(forth.rows.map(({ id }) => id)).toEqual(back[1])
    const newest = await listActivity(owner, asked(`environment=900&after=${back[1]![0]}`))
    expect([newest.newer, newest.rows.map(({ id }) => id)]).toEqual([false, back[0]])
  })

  test('stays as it is from the row a reader knows, and counts what came since', async () => {
    const app = await makeResource('read', 905)
    const first = [await record(app, 905), await tell(app, 905)]
    await record(app, 905)
    await tell(app, 905)
    const { rows, fresh } = await listActivity(owner, asked(`environment=905&top=${first[1]}`))
    expect([rows.map(({ id }) => id), fresh]).toEqual([first.toReversed(), 2])
  })

  test('of an app has its endpoints, and of one endpoint only itself', async () => {
    const app = await makeResource('whole', 906)
    const endpoint = await makeResource('whole-web', 906, { kind: 'endpoint', appId: app })
    const made = [await record(app, 906), await record(endpoint, 906, { resourceKind: 'endpoint' })]
    expect(await idsOf(`app=${app}`)).toEqual(made.toReversed())
    expect(await idsOf('resource=whole')).toEqual(made.toReversed())
    expect(await idsOf(`only=${endpoint}`)).toEqual([made[1]])
  })

  test('finds by exact id, by the beginning of a handle and by words of the note, and by nothing else', async () => {
    const shop = await makeResource('shop-window', 901)
    const a = await record(shop, 901)
    const b = await record(await makeResource('other', 901), 901, { note: 'Rounding of the checkout' })
    const find = (q: string) => idsOf(`environment=901&q=${encodeURIComponent(q)}`)
    expect(await find(String(a))).toEqual([a])
    expect(await find('shop')).toEqual([a])
    expect(await find('window')).toEqual([])
    expect(await find('checkout rounding')).toEqual([b])
    expect(await find('check')).toEqual([])
    expect(await find('%%%')).toEqual([])
    expect(await idsOf('environment=900&q=checkout')).toEqual([])
  })

  test('combines filters', async () => {
    const [grace] = await db.insert(users).values({ email: 'grace@example.org', name: 'Grace_Hopper', passwordHash: 'x' }).returning()
    const app = await makeResource('filtered', 902)
    const old = await record(app, 902, { queuedAt: new Date('2026-01-31T23:59:59.999Z'), type: 'scale' })
    const day = await record(app, 902, { queuedAt: new Date('2026-02-01T00:00:00Z'), actorId: grace!.id, actorName: 'Grace_Hopper', source: 'schedule' })
    const event = await tell(app, 902)
    const find = (text: string) => idsOf(`environment=902&${text}`)
    expect(await find('from=2026-02-01&to=2026-02-02')).toEqual([day])
    expect(await find('to=2026-02-01T00:00:00Z')).toEqual([old])
    expect(await find('from=2026-02-01T01:00:00%2B01:00&to=2026-02-02')).toEqual([day])
    expect(await find('type=scale')).toEqual([old])
    expect(await find('type=variables shown')).toEqual([event])
    expect(await find('kind=access')).toEqual([event])
    expect(await find('kind=operation&actor=grace_&source=schedule')).toEqual([day])
    expect(await find('actor=gracex')).toEqual([])
    expect(await find('status=failed')).toEqual([])
    expect(await find('status=queued&type=deploy')).toEqual([day])
  })

  test('shows a member what happened where they may read, and nothing else', async () => {
    const member = { ...owner, owner: false, scopes: { 903: ['read'], 901: ['deploy'] } } satisfies Actor
    const shop = await makeResource('mine', 903)
    const mine = [await record(shop, 903), await tell(shop, 903)]
    const theirs = await record(await makeResource('theirs', 901), 901)
    expect(await idsOf('', member)).toEqual(mine.toReversed())
    for (const text of [`q=${theirs}`, 'q=theirs', 'resource=theirs', 'actor=Nobody', 'kind=access&type=signed in', `q=${mine[0]}&resource=theirs`]) expect(await idsOf(text, member), text).toEqual([])
    expect((await readChart(member, asked(''), 'UTC')).count).toEqual({ rows: 2, about: false })
    expect(new Set((await readHome(member)).queued.map(({ environmentId }) => environmentId))).toEqual(new Set([903]))
    await expect(listActivity(member, asked('environment=904'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(listActivity(member, asked('environment=901'))).rejects.toMatchObject({ code: 'forbidden' })
    expect(await idsOf('', { ...member, scopes: {} })).toEqual([])
  })
})

describe('an address that cannot be read', () => {
  test.each([
    ['status=done', /“status” has to be one of queued/],
    ['colour=red', /no filter “colour”/],
    ['before=1;drop', /“before” is no id/],
    ['before=99999999999999999999', /is no id/],
    ['before=5&after=4', /not both/],
    ['from=2026-02-02&to=2026-02-01', /ends before it begins/],
    ['from=yesterday', /is not a date/],
    ['q=ab', /three characters or more/],
    [`q=${'x'.repeat(201)}`, /more than 200 characters/],
    ['type=deploy&type=scale', /more than once/],
    ['kind=access&status=failed', /no status/],
    ['__proto__=x', /no filter/],
    ['from=2026-02-30', /is not a date/],
    ['to=2026-02-01 (foo)', /is not a date/],
    ['from=0000-01-01', /is not a date/],
    ['from=0001-01-01', /is not a date/],
    ['to=9999-12-31T23:59-12:00', /is not a date/],
    ['q=abc%00d', /has a NUL/],
    ['actor=a%00', /has a NUL/],
    ['resource=a%00', /has a NUL/],
    ['type=a%00b', /has a NUL/],
  ])('%s is refused with a sentence', (address, sentence) => {
    expect(() => asked(address)).toThrow(expect.objectContaining({ code: 'invalid', message: expect.stringMatching(sentence) }))
  })
})

describe('chart and export', () => {
  test('the chart has every operation once, by how it ended, in the hours between the first and the last', async () => {
    const app = await makeResource('charted', 907)
    const at = (text: string) => ({ queuedAt: new Date(text), startedAt: new Date(text), finishedAt: new Date(text) })
    for (let n = 0; n < 3; n++) await record(app, 907, { ...at('2026-03-01T10:10:00Z'), status: 'succeeded' })
    await record(app, 907, { ...at('2026-03-01T12:59:59Z'), status: 'failed', rollback: 'complete', reason: 'error' })
    await tell(app, 907)
    const { by, bars, count, cut } = await readChart(owner, asked('environment=907'), 'Europe/Zurich')
    expect([by, cut, count]).toEqual(['hour', false, { rows: 5, about: false }])
    expect(bars.map(({ from, counts }) => [from.slice(11, 16), counts.succeeded, counts.failed])).toEqual([['10:00', 3, 0], ['11:00', 0, 0], ['12:00', 0, 1]])
    await record(app, 907, { ...at('2026-03-29T12:00:00Z'), status: 'succeeded' })
    const long = await readChart(owner, asked('environment=907'), 'Europe/Zurich')
    expect([long.by, long.bars.length, long.bars.reduce((sum, bar) => sum + bar.counts.succeeded, 0)]).toEqual(['day', 29, 4])
    expect(long.bars[1]!.from).toBe('2026-03-01T23:00:00.000Z')
  })

  test('a bar of a day is the whole day, also of the first and of the last, and its range finds what it counts', async () => {
    const app = await makeResource('days', 910)
    for (const day of ['2026-03-01T10:10:00Z', '2026-03-10T03:10:00Z']) await record(app, 910, { queuedAt: new Date(day) })
    const { bars } = await readChart(owner, asked('environment=910'), 'Europe/Zurich')
    expect([bars[0]!.from, bars[0]!.to]).toEqual(['2026-02-28T23:00:00.000Z', '2026-03-01T23:00:00.000Z'])
    expect([bars.at(-1)!.from, bars.at(-1)!.to]).toEqual(['2026-03-09T23:00:00.000Z', '2026-03-10T23:00:00.000Z'])
    const later = await record(app, 910, { queuedAt: new Date('2026-03-10T20:00:00Z') })
    expect(await idsOf(`environment=910&from=${bars.at(-1)!.from}&to=${bars.at(-1)!.to}`)).toContain(later)
  })

  test('the export has what the filter has, and is itself activity', async () => {
    const app = await makeResource('exported', 908)
    const made = [await record(app, 908, { note: '=HYPERLINK("x")' }), await record(app, 908), await tell(app, 908)]
    let text = ''
    const { records, permits } = await exportActivity(owner, asked('environment=908'), new AbortController().signal)
    for await (const chunk of records) text += chunk
    const member = { ...owner, owner: false, scopes: { 907: ['read'] } } satisfies Actor
    expect([permits(owner), permits({ ...member, scopes: { 908: ['read'] } }), permits(member)]).toEqual([true, true, false])
    const lines = text.trimEnd().split('\r\n')
    expect(lines[0]).toMatch(/^id,kind,type,status/)
    expect(lines.slice(1).map((line) => Number(line.split(',')[0]))).toEqual(made.toReversed())
    expect(text).toContain(`"'=HYPERLINK(""x"")"`)
    expect((await listActivity(owner, asked('environment=908'))).rows[0]).toMatchObject({ type: 'activity exported', detail: 'filtered by environment=908' })
  })
})

describe('a range of time among many ids', () => {
  beforeAll(async () => {
    const app = await makeResource('many', 909)
    await sql`
      insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, environment_id, actor_kind, actor_name, source, request_key, queued_at)
      select 'deploy', 'queued', 'Deploy', '{}', '[]', ${app}, 'app', 'many', 909, 'user', 'Ada', 'dashboard', 'many-' || n, '2030-01-01T00:00:00Z'::timestamptz + n * interval '1 minute'
      from generate_series(1, 60000) n`
  })

  test('is found by halving, an hour wider, with every row that lies in it', async () => {
    const [from, to] = [new Date('2030-01-10T00:00:00Z'), new Date('2030-01-10T02:00:00Z')]
    const { above, below } = await findBounds(from, to)
    expect(below! - above!).toBe(241 + 1 - 1)
    const chart = await readChart(owner, asked(`from=${from.toISOString()}&to=${to.toISOString()}`), 'UTC')
    expect(chart.count).toEqual({ rows: 120, about: false })
    expect(await findBounds(new Date('2040-01-01'), undefined)).toMatchObject({ below: null })
    expect(await idsOf('from=2040-01-01')).toEqual([])
    expect(await idsOf('to=2000-01-01')).toEqual([])
  })

  test('more than can be counted quickly is said to be about so many', async () => {
    await sql`analyze operations`
    const { count, cut, bars } = await readChart(owner, asked('environment=909'), 'UTC')
    expect([count.about, cut, bars.reduce((sum, bar) => sum + bar.counts.open, 0)]).toEqual([true, true, 10_000])
    expect(count.rows).toBeGreaterThan(50_000)
    expect(count.rows).toBeLessThan(70_000)
  })
})
