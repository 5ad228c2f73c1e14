import { expect, test } from 'vitest'
import { connect, sql } from '../db/client.ts'
import { commitInGroups } from './group-commit.ts'
import type { Transition } from './journal.ts'
import { lockHeldResources } from './hold.ts'
import { StaleFence } from './outage.ts'
import { claimAll, enlist, findOperation, journalOf, logOf, makeResource, plain, tester, waitingForLocks } from './rehearsal.ts'
import { start } from './start.ts'

const opening: Transition = { open: { index: 0, direction: 'run', attempt: 1, name: 'one', names: [] } }
const closing = { close: { index: 0, direction: 'run', attempt: 1, state: 'succeeded' } } as const
const success: Transition = { end: { status: 'succeeded', rollback: null, words: 'Succeeded.' } }
const line = { seq: 1, at: new Date(), step: null, source: 'davit', stream: 'stdout', text: 'a line', position: null }

/** Operations that one runner has claimed, each on a thing of its own. */
async function claimed(count: number) {
  const ids: number[] = []
  for (let n = 0; n < count; n++) ids.push((await start(plain, { thing: await makeResource() }, tester)).id)
  const mine = await claimAll(await enlist())
  return ids.map((id) => mine.find((one) => one.id === id)!)
}

/** Counts statements, each of which is a commit. */
async function counted() {
  let count = 0
  const counting = connect({ max: 2, debug: (_connection: number, query: string) => void (query.includes('with asked') && count++) })
  await counting`select`
  return { counting, count: () => count }
}

test('what comes in at once is written in one commit, each as it asked', async () => {
  const [one, two, three] = await claimed(3)
  const { counting, count } = await counted()
  const write = commitInGroups(counting)
  const answers = await Promise.all([
    write({ owned: one!, change: opening, lines: [line] }),
    write({ owned: two!, change: success, lines: [line, { ...line, seq: 2 }] }),
    write({ owned: three!, change: { ...opening, plan: [{ name: 'one', undoes: 'what is known by now' } as never] }, lines: [] }),
  ])
  expect(answers).toEqual(['done', 'done', 'done'])
  expect(count()).toBe(1)
  expect(await journalOf(one!.id)).toEqual(['run one: started'])
  expect(await logOf(one!.id)).toEqual(['a line'])
  expect(await findOperation(two!.id)).toMatchObject({ status: 'succeeded', error: null })
  expect(await logOf(two!.id)).toEqual(['a line', 'a line', 'Succeeded.'])
  expect(await findOperation(three!.id)).toMatchObject({ status: 'running', plan: [{ undoes: 'what is known by now' }] })
  await counting.end()
})

test('a cancel shares nobody\'s commit', async () => {
  const [one, two] = await claimed(2)
  const { counting, count } = await counted()
  const write = commitInGroups(counting)
  const rollBack = { reason: 'cancelled', error: 'cancelled by Ann', failedStep: 'one' } as const
  const answers = await Promise.all([write({ owned: one!, change: opening, lines: [line] }), write({ owned: two!, change: { rollBack }, lines: [] })])
  expect(answers).toEqual(['done', 'done'])
  expect(count()).toBe(2)
  expect(await findOperation(two!.id)).toMatchObject({ status: 'rolling_back', error: 'cancelled by Ann', failedStep: 'one' })
  await counting.end()
})

test('one operation that is locked holds up no other, and is written once it is free', async () => {
  const [one, two] = await claimed(2)
  const write = commitInGroups(sql)
  const locked = await sql.begin(async (tx) => {
    await tx`select from operations where id = ${one!.id} for update`
    const waits = write({ owned: one!, change: opening, lines: [line] })
    expect(await write({ owned: two!, change: opening, lines: [] })).toBe('done')
    await waitingForLocks(1)
    expect(await write({ owned: two!, change: { ...closing, ...success }, lines: [] })).toBe('done')
    return { waits }
  })
  expect(await locked.waits).toBe('done')
  expect(await journalOf(one!.id)).toEqual(['run one: started'])
  expect(await logOf(one!.id)).toEqual(['a line'])
})

test('an end waits for the lock on what it hands on, and holds up no other', async () => {
  const [one, two] = await claimed(2)
  const write = commitInGroups(sql)
  const locked = await sql.begin(async (tx) => {
    await lockHeldResources(tx, tx`select ${one!.id}::bigint`)
    const waits = write({ owned: one!, change: success, lines: [] })
    expect(await write({ owned: two!, change: success, lines: [] })).toBe('done')
    await waitingForLocks(1)
    expect(await findOperation(one!.id)).toMatchObject({ status: 'running' })
    return { waits }
  })
  expect(await locked.waits).toBe('done')
  expect(await findOperation(one!.id)).toMatchObject({ status: 'succeeded' })
})

test('an end waits while the time of its environment is closed, and holds up no other', async () => {
  const [one, two] = await claimed(2)
  const environment = await makeResource('environment')
  await sql`update operations set environment_id = ${environment} where id = ${one!.id}`
  const write = commitInGroups(sql)
  const locked = await sql.begin(async (tx) => {
    await tx`select close_time(${environment}, now())`
    const waits = write({ owned: one!, change: success, lines: [] })
    expect(await write({ owned: two!, change: success, lines: [] })).toBe('done')
    await waitingForLocks(1)
    return { waits }
  })
  expect(await locked.waits).toBe('done')
  expect(await findOperation(one!.id)).toMatchObject({ status: 'succeeded' })
})

test('one that lost its operation, and one that cannot be written, are the only ones to hear of it', async () => {
  const [one, two, three] = await claimed(3)
  const write = commitInGroups(sql)
  await write({ owned: two!, change: opening, lines: [] })
  const second: Transition = { open: { ...opening.open!, index: 1, name: 'two' } }
  const answers = await Promise.allSettled([
    write({ owned: { ...one!, fence: one!.fence - 1 }, change: opening, lines: [line] }),
    write({ owned: two!, change: second, lines: [line] }),
    write({ owned: three!, change: opening, lines: [line] }),
  ])
  expect(answers).toMatchObject([
    { status: 'rejected', reason: expect.any(StaleFence) },
    { status: 'rejected', reason: { code: '23505' } },
    { status: 'fulfilled', value: 'done' },
  ])
  expect(await Promise.all([one, two, three].map((each) => logOf(each!.id)))).toEqual([[], [], ['a line']])
})
