import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { connect, sql } from '../db/client.ts'
import { operation } from './define.ts'
import { findOperation, makeResource, plain, tester, waitingForLocks } from './rehearsal.ts'
import { start } from './start.ts'

const make = operation({
  kind: 'thing',
  type: 'make',
  schema: z.object({ handle: z.string() }),
  scope: 'owner',
  target: async ({ handle }) => ({
    resource: { create: { kind: 'thing', handle, stackId: null, environmentId: null, appId: null } },
    title: `Make ${handle}`,
  }),
}).step('one', { undoes: null, run: () => {} })

describe('start', () => {
  test('the same request twice at once is one operation', async () => {
    const thing = await makeResource()
    const requestKey = randomUUID()
    const ids = await Promise.all([1, 2, 3].map(() => start(plain, { thing }, tester, { requestKey })))
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1)
  })

  test('the same request to make something twice at once makes one', async () => {
    const requestKey = randomUUID()
    const other = connect({ max: 1 })
    // The first of the two is not committed yet when the second comes.
    const both = await sql.begin(async (tx) => {
      const held = await tx<{ id: string }[]>`
        insert into operations (type, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, request_key)
        select 'make', 'Make it', '{}', '[]', ${await makeResource()}, 'thing', 'it', 'davit', 'Tester', 'test', ${requestKey} returning id`
      const second = start(make, { handle: 'it' }, tester, { requestKey })
      await waitingForLocks(1)
      return { first: Number(held[0]!.id), second }
    })
    expect((await both.second).id).toBe(both.first)
    expect(await sql`select from resources where handle = 'it'`).toHaveLength(0)
    await other.end()
  })

  test('bears the handle of its environment, also of one that it makes', async () => {
    const onEnvironment = (resource: object) =>
      operation({ kind: 'environment', type: 'touch', schema: z.object({}), scope: 'owner', target: async () => ({ resource: resource as { id: number }, title: 'Touch it' }) }).step('one', { undoes: null, run: () => {} })
    const create = (kind: string, handle: string, environmentId: number | null) => ({ create: { kind, handle, stackId: null, environmentId, appId: null } })
    const handleOf = async (resource: object) => {
      const { id } = await start(onEnvironment(resource), {}, tester)
      const [row] = await sql<{ resource: string; handle: string }[]>`select resource_id as resource, environment_handle as handle from operations where id = ${id}`
      return [row!.handle, Number(row!.resource)] as const
    }
    const [made, id] = await handleOf(create('environment', 'staging', null))
    expect(made).toBe('staging')
    expect((await handleOf({ id }))[0]).toBe('staging')
    const [inside, app] = await handleOf(create('app', 'shop', id))
    expect(inside).toBe('staging')
    expect((await handleOf({ id: app }))[0]).toBe('staging')
  })

  test('the order of positions is the order of commits', async () => {
    const thing = await makeResource()
    const ids = await Promise.all(Array.from({ length: 8 }, () => start(plain, { thing }, tester)))
    const rows = await sql<{ id: string }[]>`
      select operation_id as id from holds where resource_id = ${thing} order by position`
    expect(rows.map((row) => Number(row.id))).toEqual(ids.map(({ id }) => id).toSorted((a, b) => a - b))
    const ready = await sql<{ id: string }[]>`select operation_id as id from holds where resource_id = ${thing} and state = 'held'`
    expect(ready.map((row) => row.id)).toEqual([rows[0]!.id])
  })

  test('an operation that is refused leaves nothing behind', async () => {
    await expect(start(plain, { thing: 999_999 }, tester)).rejects.toMatchObject({ code: 'not_found' })
    await expect(start(plain, { thing: await makeResource(), also: [{ id: 999_999, mode: 'shared' }] }, tester)).rejects.toMatchObject({ code: 'not_found' })
    await expect(start(plain, { thing: 'x' } as never, tester)).rejects.toMatchObject({ code: 'invalid' })
    const nobody = { ...tester, kind: 'user' as const, owner: false }
    await expect(start(plain, { thing: await makeResource() }, nobody)).rejects.toMatchObject({ code: 'not_found' })
    const thing = await makeResource()
    await expect(start(plain, { thing }, tester, { note: 'x'.repeat(2001) })).rejects.toMatchObject({ code: 'invalid' })
    expect(await sql`select from operations where resource_id = ${thing}`).toHaveLength(0)
  })

  test('what it speaks of is copied onto it, with the plan', async () => {
    const { id } = await start(plain, { thing: await makeResource('thing', 'lamp') }, tester, { note: ' why ' })
    expect(await findOperation(id)).toMatchObject({
      resourceHandle: 'lamp',
      actorName: 'Tester',
      note: 'why',
      status: 'queued',
      plan: [{ name: 'one', undoes: null, interruptible: true, pointOfNoReturn: false }],
    })
  })
})
