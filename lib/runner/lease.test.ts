import { afterAll, describe, expect, test } from 'vitest'
import { connect, sql } from '../db/client.ts'
import { claim } from './claim.ts'
import { keepLease, LeaseLost } from './lease.ts'
import { claimAll, enlist, expire, findOperation, gate, makeResource, onThing, plain, startTestRunner, tester, until, waitingForLocks } from './rehearsal.ts'
import { declareDead, freeOrphans, replaceFormer } from './rescue.ts'
import { start } from './start.ts'

const heartbeat = connect({ max: 1 })
const hooks = { onLost: () => {}, onDefect: () => {} }

afterAll(() => heartbeat.end())

/** Whether it resolves before anything else that is due. */
async function isHeld(held: Promise<void>) {
  return Promise.race([held.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false))))])
}

describe('a lease', () => {
  test('is in doubt until the first renewal was answered, and again once one stays away', async () => {
    const runner = await enlist()
    const done = gate()
    const locked = gate()
    const blocking = sql.begin(async (tx) => {
      await tx`select from runners where id = ${runner} for update`
      await locked.pass()
      await done.pass()
    })
    await locked.reached
    const lease = keepLease(heartbeat, runner, 0.5, hooks)
    await waitingForLocks(1)
    expect(await isHeld(lease.held())).toBe(false)
    expect(lease.contactSeconds()).toBe(0)
    locked.open()
    done.open()
    await blocking
    await lease.held()
    lease.stop()
    // Nobody renews it now: what was trusted runs out by this process's own clock.
    await until(async () => !(await isHeld(lease.held())))
  })

  test('is trusted from before its renewal was sent, and not from when the answer came', async () => {
    const runner = await enlist()
    const leaseSeconds = 0.5
    const locked = gate()
    const blocking = sql.begin(async (tx) => {
      await tx`select from runners where id = ${runner} for update`
      await locked.pass()
    })
    await locked.reached
    const lease = keepLease(heartbeat, runner, leaseSeconds, hooks)
    const sentAt = performance.now()
    await waitingForLocks(1)
    await until(async () => performance.now() - sentAt > leaseSeconds * 1000)
    lease.stop()
    locked.open()
    await blocking
    // The answer to that renewal is here once a later query of the same connection is answered.
    await heartbeat`select 1`
    expect(await isHeld(lease.held())).toBe(false)
  })

  test('that was taken away is lost for good', async () => {
    const runner = await enlist()
    await sql`update runners set state = 'dead' where id = ${runner}`
    const lost = Promise.withResolvers<void>()
    const lease = keepLease(heartbeat, runner, 0.5, { ...hooks, onLost: () => lost.resolve() })
    await lost.promise
    await expect(lease.held()).rejects.toBeInstanceOf(LeaseLost)
  })
})

describe('a runner whose lease is over', () => {
  test('claims nothing', async () => {
    await start(plain, { thing: await makeResource() }, tester)
    expect(await claimAll(await enlist(-1))).toEqual([])
    const dead = await enlist()
    await sql`update runners set state = 'dead' where id = ${dead}`
    expect(await claimAll(dead)).toEqual([])
  })

  test('learns it from the db, stops its step, and says so', async () => {
    const inside = gate()
    let told: unknown
    const work = onThing('work').step('one', {
      undoes: null,
      run: (_known, { signal }) => {
        signal.addEventListener('abort', () => (told = signal.reason))
        return inside.pass()
      },
    })
    const runner = await startTestRunner({ definitions: [work], leaseSeconds: 0.5 })
    await start(work, { thing: await makeResource() }, tester)
    await inside.reached
    await expire(runner)
    expect(await runner.done).toBe('lease lost')
    expect(told).toMatchObject({ name: 'StaleFence' })
    inside.open()
  })

  test('guards every call of a driver', async () => {
    const calls: string[] = []
    const inside = gate()
    const work = onThing('guarded').step('one', {
      undoes: null,
      run: async (_known, { io }) => {
        await inside.pass()
        await io.guard()
        calls.push('acted')
      },
    })
    const first = await startTestRunner({ definitions: [work], leaseSeconds: 60 })
    const { id } = await start(work, { thing: await makeResource() }, tester)
    await inside.reached
    // It does not know yet: its next renewal is seconds away.
    await expire(first)
    await freeOrphans(sql)
    inside.open()
    const second = await startTestRunner({ definitions: [work] })
    await until(async () => (await findOperation(id)).finishedAt)
    expect(calls).toEqual(['acted'])
    first.leaveForDead()
    await second.drain(1000)
  })
})

describe('rescue', () => {
  async function rescue(own: string) {
    await declareDead(sql, own)
    await freeOrphans(sql)
  }

  async function owned(runner: string) {
    const { id } = await start(plain, { thing: await makeResource() }, tester)
    await claimAll(runner)
    return id
  }

  test('frees what a dead runner had, also what it claimed while it was called dead', async () => {
    const runner = await enlist(0.001)
    await sql`update runners set lease_expires_at = now() + interval '1 hour' where id = ${runner}`
    const before = await owned(runner)
    await sql`update runners set lease_expires_at = now() - interval '1 second' where id = ${runner}`
    await rescue(await enlist())
    expect(await findOperation(before)).toMatchObject({ runnerId: null, claims: 1, status: 'running' })
    const late = await owned(await enlist())
    await sql`update operations set runner_id = ${runner} where id = ${late}`
    await freeOrphans(sql)
    expect(await findOperation(late)).toMatchObject({ runnerId: null })
  })

  test('leaves alone who is alive, and itself', async () => {
    const [own, alive] = [await enlist(-1), await enlist()]
    await rescue(own)
    const rows = await sql<{ state: string }[]>`select state from runners where id in (${own}, ${alive})`
    expect(rows.map((row) => row.state)).toEqual(['live', 'live'])
  })

  test('does not count the end of a runner that was on its way out as a death', async () => {
    const runner = await enlist()
    const id = await owned(runner)
    await sql`update runners set state = 'draining', lease_expires_at = now() - interval '1 second' where id = ${runner}`
    await rescue(await enlist())
    expect(await findOperation(id)).toMatchObject({ runnerId: null, claims: 0 })
  })

  test('is not held up by a transaction that a stopped runner has left open', async () => {
    const runner = await enlist()
    const [stuck, other] = [await owned(runner), await owned(runner)]
    await sql`update runners set state = 'dead' where id = ${runner}`
    await sql.begin(async (tx) => {
      await tx`select from operations where id = ${stuck} for no key update`
      await freeOrphans(heartbeat)
    })
    expect(await findOperation(other)).toMatchObject({ runnerId: null })
    expect(await findOperation(stuck)).toMatchObject({ runnerId: runner })
    await freeOrphans(sql)
    expect(await findOperation(stuck)).toMatchObject({ runnerId: null })
  })

  test('waits for a lease of contact of its own before it calls others dead', async () => {
    const silent = await enlist(-1)
    const patient = await startTestRunner({ definitions: [], leaseSeconds: 60 })
    const dead = await enlist()
    const id = await owned(dead)
    await sql`update runners set state = 'dead' where id = ${dead}`
    // It has looked around, or this would not be free.
    await until(async () => (await findOperation(id)).runnerId === null)
    expect(await sql`select state from runners where id = ${silent}`).toEqual([{ state: 'live' }])
    const quick = await startTestRunner({ definitions: [], leaseSeconds: 0.5 })
    await until(async () => (await sql`select from runners where id = ${silent} and state = 'dead'`).length > 0)
    await Promise.all([patient.drain(0), quick.drain(0)])
  })

  test('is not needed by a successor of the same name', async () => {
    const runner = await enlist()
    const id = await owned(runner)
    await replaceFormer(sql, 'by hand', await enlist())
    await freeOrphans(sql)
    expect(await findOperation(id)).toMatchObject({ runnerId: null })
  })
})

describe('claim', () => {
  test('hands one operation to only one of two runners', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await start(plain, { thing: await makeResource() }, tester)).id))
    const crews = await Promise.all([enlist(), enlist(), enlist()])
    const claimed = (await Promise.all(crews.map(claimAll))).flat().map(({ id }) => id)
    expect(claimed.filter((id) => ids.includes(id)).toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b))
  })

  test('takes again what is its own and not carried out, which is no death', async () => {
    const runner = await enlist()
    const { id } = await start(plain, { thing: await makeResource() }, tester)
    const [first] = await claimAll(runner)
    expect(await claim(sql, runner, ['thing.plain'], [id], 10)).toEqual([])
    const [again] = await claim(sql, runner, ['thing.plain'], [], 10)
    expect(again).toMatchObject({ id, claims: 1 })
    expect(again!.fence).toBeGreaterThan(first!.fence)
  })
})
