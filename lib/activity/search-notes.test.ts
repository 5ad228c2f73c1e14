import { expect, test } from 'vitest'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db, sql } from '../db/client.ts'
import { listActivity } from './list-activity.ts'
import { readChart } from './read-chart.ts'

const environment = 970
const member = { kind: 'user', id: 1, name: 'Ada', email: null, owner: false, scopes: { [environment]: ['read'], 971: ['read'] } } satisfies Actor

/** More with a note than are looked through before the index of words is asked. */
async function recordNotes(note: string, count: number, inside = environment) {
  const [app] = await db.insert(resources).values({ kind: 'app', handle: crypto.randomUUID(), environmentId: inside }).returning()
  const rows = await sql<{ id: string }[]>`
    insert into operations (type, title, input, plan, resource_id, resource_kind, resource_handle, environment_id, app_id, actor_kind, actor_name, source, request_key, note)
    select 'deploy', 'Deploy', '{}', '[]', ${app!.id}, 'app', 'x', ${inside}, ${app!.id}, 'user', 'Ada', 'dashboard', gen_random_uuid(), ${note} from generate_series(1, ${count}::int)
    returning id`
  return rows.map(({ id }) => Number(id))
}

test('a member finds words of notes wherever they lie, newest first, and pages through them', async () => {
  const old = await recordNotes('for the quarterly audit', 60)
  await recordNotes('for nothing', 1200)
  await recordNotes('for the quarterly audit', 5, 972)
  const late = [...(await recordNotes('for the quarterly audit', 3)), ...(await recordNotes('another audit', 2, 971))]
  const all = [...old, ...late].toReversed()
  const first = await listActivity(member, { q: 'audit' })
  expect(first.rows.map(({ id }) => id)).toEqual(all.slice(0, 50))
  const second = await listActivity(member, { q: 'audit', before: all[49] })
  expect([second.rows.map(({ id }) => id), second.older]).toEqual([all.slice(50), false])
  const back = await listActivity(member, { q: 'audit', after: all[60] })
  expect(back.rows.map(({ id }) => id)).toEqual(all.slice(10, 60))
  expect((await readChart(member, { q: 'audit' }, 'UTC')).count).toEqual({ rows: all.length, about: false })
})
