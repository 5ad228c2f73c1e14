import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { db, sql } from '../db/client.ts'
import { columns } from '../report/activity-csv.ts'
import { listDue } from '../report/due.ts'
import { isoName, weekOf } from '../report/week.ts'
import { requestCancel } from '../runner/cancel.ts'
import { ended, tester, until } from '../runner/rehearsal.ts'
import { after, createdOn, csvOf, makeAllDue, makeEnvironment, reportsOf, tamper, weeksAgo } from './report-world.ts'
import { askFor, createSchedule } from './schedule.ts'
import { inWorld, type World } from './world.ts'

describe('weekly reports', () => {
  let world: World
  inWorld((opened) => (world = opened))

  test('weeks that were missed are made by several runners, each once, and say when nothing ended', async () => {
    const environment = await makeEnvironment(world)
    const other = await world.crew.hire()
    await createdOn(environment, after(weeksAgo(3), 5 * 24 * 3600))
    const rounds = Array.from({ length: 4 }, () => createSchedule(() => {}, 0))
    await until(async () => {
      await Promise.all(rounds.map((round) => round()))
      return (await reportsOf(environment)).length === 3
    })
    const made = await reportsOf(environment)
    expect(made.map(({ week, part }) => [week, part])).toEqual([3, 2, 1].map((weeks) => [weekOf(weeksAgo(weeks)), 1]))
    for (const row of made) expect(await csvOf(row)).toBe(`${columns.join(',')}\r\n`)
    const asked = await sql<{ actor: string; title: string; environment: string | null }[]>`
      select actor_kind as actor, title, environment_id as environment from operations where request_key like ${`report:${environment}:%`} order by id`
    expect(asked.map(({ title }) => title.split(' ')[1])).toEqual(made.map(({ week }) => isoName(week)))
    expect(new Set(asked.map(({ actor, environment: within }) => `${actor} ${within}`))).toEqual(new Set(['schedule null']))
    expect(await listDue(environment)).toEqual([])
    await world.crew.leave(other)
  })

  test('a stack that is blocked is reported on all the same', async () => {
    const environment = await makeEnvironment(world)
    await createdOn(environment, weeksAgo(1))
    await sql`insert into blocks (resource_id, operation_id) select ${world.stack}, max(id) from operations`
    await makeAllDue(environment)
    expect(await reportsOf(environment)).toHaveLength(1)
    await sql`update blocks set lifted_at = now() where resource_id = ${world.stack}`
  })

  test('a report that was cancelled is asked for again, but not at once', async () => {
    const environment = await makeEnvironment(world)
    await createdOn(environment, weeksAgo(1))
    const reached = Promise.withResolvers<number>()
    world.crew.hook = async ({ operationId, step, point }) => {
      if (step !== 1 || point !== 'ran') return
      reached.resolve(operationId)
      await until(async () => (await db.select().from(operations).where(eq(operations.id, operationId)))[0]!.status === 'rolling_back')
    }
    const [due] = await listDue(environment)
    const asked = await askFor(due!)
    await requestCancel(tester, await reached.promise, () => 'owner')
    expect((await ended(asked!.id)).status).toBe('cancelled')
    world.crew.hook = () => {}
    expect(await sql`select from report_chunks where operation_id = ${asked!.id}`).toHaveLength(0)
    expect(await askFor(due!)).toBeNull()
    await tamper((tx) => tx`update operations set finished_at = finished_at - interval '61 seconds' where id = ${asked!.id}`)
    const again = await askFor(due!)
    expect((await ended(again!.id)).status).toBe('succeeded')
    expect(await reportsOf(environment)).toHaveLength(1)
  })
})
