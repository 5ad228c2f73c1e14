import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { db, sql } from '../db/client.ts'
import { listDue } from '../report/due.ts'
import { endOf } from '../report/week.ts'
import { waitingForLocks } from '../runner/rehearsal.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { after, clock, freshHandle, handleOf, insertEnded, makeAllDue, makeEnvironment, makeReport, monday, reportsOf, rowsOf } from './report-world.ts'
import { updateEnvironment } from './update-environment.ts'
import { inWorld, type World } from './world.ts'

describe('between two reports', () => {
  let world: World
  inWorld((opened) => (world = opened))

  test('an operation whose end is committed after the week was over is in exactly one report, and so is one that ends meanwhile', async () => {
    const environment = await makeEnvironment(world)
    const [first, second] = await Promise.all([0, 1].map(async () => {
      const [row] = await db.insert(operations).values({ type: 'deploy', title: 'Deploy', input: {}, plan: [], resourceId: environment, resourceKind: 'app', resourceHandle: 'storefront', environmentId: environment, environmentHandle: 'staging', actorKind: 'user', actorName: 'Ada', source: 'test', requestKey: randomUUID() }).returning({ id: operations.id })
      return row!.id
    }))
    const [stamped, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const finishing = sql.begin(async (tx) => {
      await tx`update operations set status = 'cancelled', finished_at = clock_timestamp() where id = ${first!}`
      stamped.resolve()
      await released.promise
    })
    await stamped.promise
    const end = await clock()
    const making = makeReport(world, environment, monday(), end)
    await waitingForLocks(1)
    const late = sql`update operations set status = 'cancelled', finished_at = clock_timestamp() where id = ${second!}`.execute()
    await waitingForLocks(2)
    expect(await reportsOf(environment)).toEqual([])
    released.resolve()
    await Promise.all([finishing, late, making])
    await makeReport(world, environment, end, await clock())
    const held = await Promise.all((await reportsOf(environment)).map(async (row) => (await rowsOf(row)).map(({ operation_id }) => Number(operation_id))))
    expect(held.map((ids) => ids.filter((id) => id === first || id === second))).toEqual([[first], [second]])
  })

  test('nothing ends before what is closed, were the clock put back', async () => {
    const environment = await makeEnvironment(world)
    const tomorrow = after(await clock(), 24 * 3600)
    await sql`insert into report_bounds values (${environment}, ${tomorrow.toISOString()})`
    await world.crew.carryOut(updateEnvironment, { environment, handle: freshHandle(), strategy: null })
    const [row] = await db.select().from(operations).where(eq(operations.environmentId, environment)).orderBy(operations.id).offset(1)
    expect(row!.finishedAt).toEqual(tomorrow)
  })

  test('the last week of a deprovisioned environment is sealed at once, with its deprovisioning, and a further part only if something ends after that', async () => {
    const environment = await makeEnvironment(world)
    expect(await listDue(environment)).toEqual([])
    await world.crew.carryOut(deprovisionEnvironment, { environment, confirm: await handleOf(environment) })
    await makeAllDue(environment)
    const [last] = await reportsOf(environment)
    expect((await rowsOf(last!)).map(({ type }) => type)).toEqual(['provision', 'deprovision'])
    expect(last!.until.getTime()).toBeLessThan(endOf(last!.week).getTime())
    expect(await listDue(environment)).toEqual([])
    const afterwards = await insertEnded(environment, { finishedAt: await clock() })
    await makeAllDue(environment)
    const [, further] = await reportsOf(environment)
    expect(further).toMatchObject({ week: last!.week, part: 2, rows: 1, since: last!.until, sealBefore: last!.seal })
    expect((await rowsOf(further!))[0]!.operation_id).toBe(String(afterwards))
    expect(await listDue(environment)).toEqual([])
  })
})
