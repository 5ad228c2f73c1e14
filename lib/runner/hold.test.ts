import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { connect, sql } from '../db/client.ts'
import { requestCancel } from './cancel.ts'
import type { Claimed } from './claim.ts'
import { lockHeldResources } from './hold.ts'
import { transition } from './journal.ts'
import { claimAll, enlist, findOperation, makeResource, onThing, plain, tester, waitingForLocks } from './rehearsal.ts'
import { wakeForgotten } from './rescue.ts'
import { start } from './start.ts'

type Hold = { id: number; mode: 'shared' | 'exclusive' }

const repair = onThing('plain', { passesBlocks: true }).step('one', { undoes: null, run: () => {} })

async function begin(thing: number, also: Hold[] = [], definition = plain) {
  return (await start(definition, { thing, also }, tester)).id
}

const shared = (id: number): Hold => ({ id, mode: 'shared' })
const exclusive = (id: number): Hold => ({ id, mode: 'exclusive' })
const cancelNow = (id: number) => requestCancel(tester, id, () => 'operate')

async function readyOf(...ids: number[]) {
  return (await Promise.all(ids.map(findOperation))).map((row) => row.ready)
}

const claimed = new Map<number, Claimed>()

async function finish(id: number, rollback: 'incomplete' | null = null) {
  for (const one of await claimAll(await enlist())) claimed.set(one.id, one)
  const owned = claimed.get(id)!
  const words = 'It has ended.'
  if (rollback === null) return transition(sql, owned, { end: { status: 'succeeded', rollback, words } }, [])
  return transition(sql, owned, { rollBack: { reason: 'error', error: 'no', failedStep: null }, end: { status: 'failed', rollback, words } }, [])
}

describe('holds', () => {
  test('an exclusive one waits for all before it, and all after it wait for that one', async () => {
    const [house, ...rooms] = await Promise.all([1, 2, 3, 4].map(() => makeResource()))
    const first = await begin(rooms[0]!, [shared(house!)])
    const second = await begin(rooms[1]!, [shared(house!)])
    const alone = await begin(house!)
    const third = await begin(rooms[2]!, [shared(house!)])
    expect(await readyOf(first, second, alone, third)).toEqual([true, true, false, false])
    await finish(first)
    expect(await readyOf(alone, third)).toEqual([false, false])
    await finish(second)
    expect(await readyOf(alone, third)).toEqual([true, false])
    await finish(alone)
    expect(await readyOf(third)).toEqual([true])
  })

  test('several are taken at once, or none: what waits for one thing keeps no other from its turn before it', async () => {
    const [left, right] = [await makeResource(), await makeResource()]
    const onLeft = await begin(left)
    const both = await begin(left, [exclusive(right)])
    expect(await readyOf(both)).toEqual([false])
    expect(await sql`select from holds where operation_id = ${both} and state = 'held'`).toHaveLength(0)
    const onRight = await begin(right)
    expect(await readyOf(onRight)).toEqual([false])
    await finish(onLeft)
    expect(await readyOf(both, onRight)).toEqual([true, false])
    await finish(both)
    expect(await readyOf(onRight)).toEqual([true])
  })

  test('two operations that end at the same moment and both stand in the way of a third: it gets its turn', async () => {
    const [left, right] = [await makeResource(), await makeResource()]
    const one = await begin(left)
    const two = await begin(right)
    const third = await begin(left, [exclusive(right)])
    const other = connect({ max: 1 })
    const ending = await sql.begin(async (tx) => {
      await endByHand(tx, one)
      // The second has let go of its own by now, and cannot see that the first has, too.
      const second = other.begin((mine) => endByHand(mine, two))
      await Promise.race([waitingForLocks(1), second])
      return { second }
    })
    await ending.second
    expect(await readyOf(third)).toEqual([true])
    await other.end()
  })

  async function endByHand(tx: postgres.TransactionSql, id: number) {
    await lockHeldResources(tx, tx`select ${id}::bigint`)
    await tx`update operations set status = 'cancelled', finished_at = clock_timestamp() where id = ${id}`
  }

  test('an operation that ends waits for whoever is being put into the queue, and sees it', async () => {
    const thing = await makeResource()
    const running = await begin(thing)
    const other = connect({ max: 1 })
    const queued = await sql.begin(async (tx) => {
      const [row] = await tx<{ id: string }[]>`select id from resources where id = ${thing} for update`
      const ending = other.begin((mine) => endByHand(mine, running))
      await waitingForLocks(1)
      return { ending, thing: Number(row!.id) }
    })
    await queued.ending
    expect(await readyOf(await begin(queued.thing))).toEqual([true])
    await other.end()
  })

  test.each([0, 1, 2])('cancelling the queued one at place %i leaves no gap and wakes whoever is next', async (place) => {
    const thing = await makeResource()
    const running = await begin(thing)
    const queue = [await begin(thing), await begin(thing), await begin(thing)]
    await cancelNow(queue[place]!)
    const rest = queue.filter((_, index) => index !== place)
    for (const id of [running, ...rest]) {
      expect(await readyOf(id)).toEqual([true])
      await finish(id)
    }
    expect(await findOperation(queue[place]!)).toMatchObject({ status: 'cancelled', startedAt: null, rollback: null })
  })

  test('cancelling the one that is ready and not begun hands on at once', async () => {
    const thing = await makeResource()
    const [head, next] = [await begin(thing), await begin(thing)]
    await cancelNow(head)
    expect(await readyOf(next)).toEqual([true])
  })

  test('the database allows no two operations on one resource, whatever the code thinks', async () => {
    const thing = await makeResource()
    await begin(thing)
    const second = await begin(thing)
    await expect(sql`update holds set state = 'held' where operation_id = ${second}`).rejects.toMatchObject({ code: '23P01' })
  })

  test('an incomplete rollback blocks what was held alone, and only that, until it is lifted', async () => {
    const [house, room] = [await makeResource(), await makeResource()]
    await finish(await begin(room, [shared(house)]), 'incomplete')
    const later = await begin(room, [shared(house)])
    const beside = await begin(await makeResource(), [shared(house)])
    expect(await readyOf(later, beside)).toEqual([false, true])
    const mending = await begin(room, [], repair)
    expect(await readyOf(mending, later)).toEqual([true, false])
    await finish(mending)
    expect(await readyOf(later)).toEqual([false])
  })

  test('nobody is ever forgotten, and nobody is woken who has to wait', async () => {
    const thing = await makeResource()
    await begin(thing)
    const waiting = await begin(thing)
    await sql`update operations set queued_at = now() - interval '1 minute' where finished_at is null`
    expect(await wakeForgotten(sql)).toEqual([])
    expect(await readyOf(waiting)).toEqual([false])
  })
})
