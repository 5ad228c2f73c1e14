import { expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import { listActivity } from './list-activity.ts'
import { readChart } from './read-chart.ts'
import { readFilter } from './schema.ts'

const member = { kind: 'user', id: 1, name: 'Ada', email: null, owner: false, scopes: { 981: ['read'], 982: ['read'] } } satisfies Actor
const at = new Date()

/** An operation that every one of the filters below has. */
async function record(environmentId: number, actorId: number) {
  const [app] = await db.insert(resources).values({ kind: 'app', handle: 'shared-name', environmentId }).returning()
  const [row] = await db
    .insert(operations)
    .values({
      type: 'update', title: 'Update', input: {}, plan: [], resourceId: app!.id, resourceKind: 'app', resourceHandle: 'shared-name', environmentId, appId: app!.id,
      actorKind: 'user', actorId, actorName: 'Grace', source: 'schedule', note: 'for the audit', requestKey: crypto.randomUUID(),
      status: 'failed', startedAt: at, rollbackStartedAt: at, finishedAt: at, reason: 'error', rollback: 'incomplete',
    })
    .returning()
  return row!.id
}

test('whatever a filter is walked along, a member sees what happened where they may read, and nothing else', async () => {
  const [grace] = await db.insert(users).values({ email: 'grace@example.org', name: 'Grace', passwordHash: 'x' }).returning()
  const made: [number, number][] = []
  for (const environment of [981, 983, 982, 984, 981]) made.push([environment, await record(environment, grace!.id)])
  const mine = made.filter(([environment]) => environment < 983).map(([, id]) => id).toReversed()
  for (const text of ['', 'actor=grace', 'type=update', 'source=schedule', 'status=failed', 'rollback=incomplete', 'resource=shared-name', 'q=shared', 'q=audit', 'actor=grace&status=failed', 'q=audit&actor=grace']) {
    const filter = readFilter(new URLSearchParams(text))
    expect((await listActivity(member, filter)).rows.map(({ id }) => id), text).toEqual(mine)
    expect((await readChart(member, filter, 'UTC')).count, text).toEqual({ rows: 3, about: false })
    expect((await listActivity(member, { ...filter, environment: 982 })).rows.map(({ id }) => id), text).toEqual([mine[1]])
  }
})
