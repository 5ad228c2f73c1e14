import { expect, test } from 'vitest'
import type { Actor } from '../auth/actor.ts'
import { connect } from '../db/client.ts'
import { listActivity } from './list-activity.ts'
import { readChart } from './read-chart.ts'

const owner = { kind: 'user', id: 1, name: 'Ada', email: null, owner: true, scopes: {} } satisfies Actor

test('a read that does not come to an end is given up, and says how to ask for less', async () => {
  const other = connect({ max: 1, connection: { application_name: 'davit' } })
  const refused = { code: 'unavailable', message: expect.stringContaining('Narrow it') }
  await other.begin(async (tx) => {
    await tx`lock table operations in access exclusive mode`
    await Promise.all([expect(listActivity(owner, {})).rejects.toMatchObject(refused), expect(readChart(owner, {}, 'UTC')).rejects.toMatchObject(refused)])
  })
  await other.end()
  expect((await listActivity(owner, {})).rows).toEqual([])
}, 30_000)
