import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { connect, type Sql, sql } from './client.ts'

const pools: Sql[] = []
afterAll(() => Promise.all(pools.map((pool) => pool.end({ timeout: 1 }))))

function openPool(max: number) {
  const pool = connect({ max })
  pools.push(pool)
  return pool
}

const endBackend = (pid: number) => sql`select pg_terminate_backend(${pid})`
const lost = { code: expect.stringMatching(/^(CONNECTION_CLOSED|57P01|ECONNRESET|EPIPE)$/) }

describe('a pool whose connections break', () => {
  // A connection that cannot be used stays so for minutes: the test's own limit.
  test('goes on at once, whatever its transactions were doing', async () => {
    const pool = openPool(3)
    for (let round = 0; round < 60; round++) {
      const begun = Promise.withResolvers<number>()
      const work = pool.begin(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
        begun.resolve(row!.pid)
        for (let i = 0; i < 2000; i++) await Promise.all([tx`select ${i}::int`, tx`select pg_notify('nothing', 'x')`])
        await tx`select pg_sleep(5)`
      })
      work.catch(() => {})
      const pid = await begun.promise
      await pause(round % 7)
      await endBackend(pid)
      await expect(work).rejects.toMatchObject(lost)
      // One of these meets the connection that has broken.
      await Promise.allSettled([1, 2, 3, 4].map(() => pool`select 1`))
      expect(await pool.begin((tx) => tx`select 2 as two`)).toEqual([{ two: 2 }])
    }
  })

  test('carries out nothing of a dead transaction, neither by itself nor within another', async () => {
    const pool = openPool(1)
    await sql`create table kept (what text)`
    const dead = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const late: Promise<unknown>[] = []
    const first = pool.begin(async (tx) => {
      const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
      await tx`insert into kept values ('before')`
      await endBackend(row!.pid)
      dead.resolve()
      await goOn.promise
      late.push(tx`insert into kept values ('late')`.catch((error: unknown) => error))
      await Promise.all(late)
      throw new Error('its rollback must not reach anybody')
    })
    first.catch(() => {})
    await dead.promise
    await expect(first).rejects.toMatchObject(lost)
    await pool.begin(async (tx) => {
      await tx`insert into kept values ('other')`
      goOn.resolve()
      // Long enough for whatever the dead one sends to come in between.
      await tx`select pg_sleep(0.2)`
      await tx`insert into kept values ('another')`
    })
    expect(await Promise.all(late)).toEqual([expect.objectContaining({ code: 'CONNECTION_CLOSED' })])
    expect(await sql`select what from kept order by what`).toEqual([{ what: 'another' }, { what: 'other' }])
  })
})
