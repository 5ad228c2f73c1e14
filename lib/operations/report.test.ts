import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { reportChunks, reports } from '#drizzle/schema/report.ts'
import { arrayOf } from '../db/array.ts'
import { db, sql } from '../db/client.ts'
import { columns } from '../report/activity-csv.ts'
import { storedCsv } from '../report/chunks.ts'
import { listDue } from '../report/due.ts'
import { verifyReports } from '../report/verify.ts'
import { beginningOf, endOf, isoName, weekOf } from '../report/week.ts'
import { requestCancel } from '../runner/cancel.ts'
import { testOperation } from '../runner/contract.ts'
import { ended, tester, until, waitingForLocks } from '../runner/rehearsal.ts'
import { deprovisionEnvironment } from './deprovision-environment.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { report } from './report.ts'
import { askFor, createSchedule } from './schedule.ts'
import { updateEnvironment } from './update-environment.ts'
import { inWorld, openStage, resourceOf, World } from './world.ts'

let made = 0
const freshHandle = () => `reported-${++made}`
const monday = () => beginningOf(weekOf(new Date()))
const weeksAgo = (weeks: number) => new Date(monday().getTime() - weeks * 7 * 24 * 3600_000)
const after = (instant: Date, seconds: number) => new Date(instant.getTime() + seconds * 1000)

async function clock(): Promise<Date> {
  const [row] = await sql<{ now: string }[]>`select date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' as now`
  return new Date(row!.now)
}

/** As somebody would who passes by everything that guards the database. */
function tamper(work: (tx: typeof sql) => Promise<unknown>): Promise<unknown> {
  return sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await work(tx as unknown as typeof sql)
  })
}

async function createdOn(environment: number, instant: Date) {
  await sql`update resources set created_at = ${instant.toISOString()} where id = ${environment}`
  await sql`update environments set created_at = ${instant.toISOString()} where id = ${environment}`
}

const handleOf = async (environment: number) => (await sql<{ handle: string }[]>`select handle from resources where id = ${environment}`)[0]!.handle

type Ended = Partial<typeof operations.$inferInsert> & { finishedAt: Date }

async function insertEnded(environment: number, row: Ended): Promise<number> {
  const before = after(row.finishedAt, -30)
  const base = { type: 'deploy', status: 'succeeded' as const, title: 'Deploy', input: {}, plan: [], resourceId: environment, resourceKind: 'app', resourceHandle: 'storefront', environmentId: environment, environmentHandle: 'staging', actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), queuedAt: before, startedAt: before }
  const [inserted] = await db.insert(operations).values({ ...base, ...row }).returning({ id: operations.id })
  return inserted!.id
}

const reportsOf = (environment: number) => db.select().from(reports).where(eq(reports.environmentId, environment)).orderBy(reports.since)

async function csvOf({ operationId }: { operationId: number }): Promise<string> {
  return Buffer.concat(await Array.fromAsync(storedCsv(operationId))).toString()
}

async function rowsOf(row: { operationId: number }) {
  const { data, errors, meta } = Papa.parse<Record<(typeof columns)[number], string>>(await csvOf(row), { header: true, skipEmptyLines: true, newline: '\r\n' })
  expect(errors).toEqual([])
  expect(meta.fields).toEqual([...columns])
  return data
}

testOperation(report, () =>
  openStage(async (world) => async () => {
    const environment = await resourceOf(await world.crew.carryOut(provisionEnvironment, { stack: world.stack, handle: freshHandle() }))
    const input = { environment, since: monday().toISOString(), until: (await clock()).toISOString() }
    return { input, bePromised: async () => expect(await reportsOf(environment)).toMatchObject([{ rows: 1, failures: 0, rollbacks: 0, part: 1 }]) }
  }).then((stage) => ({
    ...stage,
    look: async () => ({
      ...(await stage.look()),
      reports: await db.select().from(reports).orderBy(reports.id),
      chunks: await db.select({ operationId: reportChunks.operationId, seq: reportChunks.seq }).from(reportChunks).orderBy(reportChunks.operationId, reportChunks.seq),
    }),
  })),
)

describe('weekly reports', () => {
  let world: World
  inWorld((opened) => (world = opened))

  const makeEnvironment = async () => resourceOf(await world.crew.carryOut(provisionEnvironment, { stack: world.stack, handle: freshHandle() }))
  const make = (environment: number, since: Date, end: Date) => world.crew.carryOut(report, { environment, since: since.toISOString(), until: end.toISOString() })

  /** One round of the schedule after another, until nothing is due there. */
  async function makeAllDue(environment: number) {
    for (let [due] = await listDue(environment); due; [due] = await listDue(environment)) await ended((await askFor(due))!.id)
  }

  test('an operation whose end is committed after the week was over is in exactly one report, and so is one that ends meanwhile', async () => {
    const environment = await makeEnvironment()
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
    const making = make(environment, monday(), end)
    await waitingForLocks(1)
    const late = sql`update operations set status = 'cancelled', finished_at = clock_timestamp() where id = ${second!}`.execute()
    await waitingForLocks(2)
    expect(await reportsOf(environment)).toEqual([])
    released.resolve()
    await Promise.all([finishing, late, making])
    await make(environment, end, await clock())
    const held = await Promise.all((await reportsOf(environment)).map(async (row) => (await rowsOf(row)).map(({ operation_id }) => Number(operation_id))))
    expect(held.map((ids) => ids.filter((id) => id === first || id === second))).toEqual([[first], [second]])
  })

  test('nothing ends before what is closed, were the clock put back', async () => {
    const environment = await makeEnvironment()
    const tomorrow = after(await clock(), 24 * 3600)
    await sql`insert into report_bounds values (${environment}, ${tomorrow.toISOString()})`
    await world.crew.carryOut(updateEnvironment, { environment, handle: freshHandle(), strategy: null })
    const [row] = await db.select().from(operations).where(eq(operations.environmentId, environment)).orderBy(operations.id).offset(1)
    expect(row!.finishedAt).toEqual(tomorrow)
  })

  test('holds whatever ended in that week and nothing else, cell by cell as in the db', async () => {
    const environment = await makeEnvironment()
    await createdOn(environment, weeksAgo(2))
    const note = '=SUM(A1), "quoted",\r\nand a second line'
    const facts = { releaseNumber: 7, requestsServed: 12_000, requestsLost: 1, downtimeMs: 350, rollsBackId: 5 }
    const [early, odd, last] = [
      await insertEnded(environment, { finishedAt: weeksAgo(1), note: "'it begins with an apostrophe", ...facts }),
      await insertEnded(environment, { finishedAt: after(weeksAgo(1), 3600), note, actorEmail: '@ada', actorName: '-Ada', status: 'failed', rollback: 'complete', reason: 'error', rollbackStartedAt: weeksAgo(1), failedStep: '+step', error: '\tan error' }),
      await insertEnded(environment, { finishedAt: new Date(monday().getTime() - 1), status: 'cancelled', startedAt: null, cancelRequestedAt: weeksAgo(1), cancelRequestedBy: 'Bo' }),
    ]
    await insertEnded(environment, { finishedAt: new Date(weeksAgo(1).getTime() - 1) })
    await insertEnded(environment, { finishedAt: monday() })
    await makeAllDue(environment)
    const [before, week] = await reportsOf(environment)
    expect([before!.rows, week!.rows, week!.failures, week!.rollbacks]).toEqual([1, 3, 1, 2])
    const rows = await rowsOf(week!)
    expect(rows.map((row) => Number(row.operation_id))).toEqual([early, odd, last])
    expect(rows[0]).toMatchObject({ type: 'deploy', status: 'succeeded', rollback: '', resource_type: 'app', resource_id: String(environment), resource_handle: 'storefront', environment: 'staging', actor_name: 'Ada', actor_email: '', source: 'dashboard', note: "''it begins with an apostrophe", duration_seconds: '30.000000', queue_seconds: '0.000000', release: '7', requests_served: '12000', requests_lost: '1', downtime_ms: '350', rolls_back_operation_id: '5' })
    expect(new Date(rows[0]!.finished_at)).toEqual(weeksAgo(1))
    expect(rows[0]!.finished_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    expect(rows[1]).toMatchObject({ note: `'${note}`, actor_name: "'-Ada", actor_email: "'@ada", failed_step: "'+step", error: "'\tan error", rollback: 'complete' })
    expect(rows[2]).toMatchObject({ started_at: '', duration_seconds: '', queue_seconds: '30.000000', cancelled_by: 'Bo' })
    const text = await csvOf(week!)
    expect(text.slice(-2)).toBe('\r\n')
    expect(Buffer.byteLength(text)).toBe(week!.bytes)
  })

  test('is the same byte for byte when it is made again after users and environments were renamed', async () => {
    const environment = await makeEnvironment()
    await createdOn(environment, weeksAgo(1))
    await insertEnded(environment, { finishedAt: weeksAgo(1), actorId: 1 })
    await makeAllDue(environment)
    await world.crew.carryOut(updateEnvironment, { environment, handle: freshHandle(), strategy: null })
    await sql`update users set name = 'Somebody Else', email = 'else@example.org'`
    const [row] = await reportsOf(environment)
    const before = await csvOf(row!)
    const { findings } = await verifyReports()
    expect(findings).toEqual([])
    await tamper(async (tx) => {
      await tx`delete from report_checks where report_id = ${row!.id}`
      await tx`delete from reports where id = ${row!.id}`
      // Or it would rightly be called missing by every verification after this.
      await tx`delete from operations where id = ${row!.operationId}`
    })
    await make(environment, row!.since, row!.until)
    const [again] = await reportsOf(environment)
    expect(await csvOf(again!)).toBe(before)
    expect(again!.seal).toBe(row!.seal)
  })

  test('weeks that were missed are made by several runners, each once, and say when nothing ended', async () => {
    const environment = await makeEnvironment()
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

  test('the last week of a deprovisioned environment is sealed at once, with its deprovisioning, and a further part only if something ends after that', async () => {
    const environment = await makeEnvironment()
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

  test('a stack that is blocked is reported on all the same', async () => {
    const environment = await makeEnvironment()
    await createdOn(environment, weeksAgo(1))
    await sql`insert into blocks (resource_id, operation_id) select ${world.stack}, max(id) from operations`
    await makeAllDue(environment)
    expect(await reportsOf(environment)).toHaveLength(1)
    await sql`update blocks set lifted_at = now() where resource_id = ${world.stack}`
  })

  test('a report that was cancelled is asked for again, but not at once', async () => {
    const environment = await makeEnvironment()
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

  describe('verification', () => {
    async function makeThree() {
      const environment = await makeEnvironment()
      await createdOn(environment, weeksAgo(3))
      for (const weeks of [3, 2, 1]) await insertEnded(environment, { finishedAt: after(weeksAgo(weeks), 60) })
      await makeAllDue(environment)
      expect((await verifyReports()).findings).toEqual([])
      return { environment, handle: await handleOf(environment), made: await reportsOf(environment) }
    }
    /** What is found after a change, which is taken back. */
    async function findAfter(change: (tx: typeof sql) => Promise<unknown>, look: () => Promise<void> = async () => {}) {
      const tables = ['operations', 'resources', 'reports', 'report_chunks', 'report_checks']
      for (const table of tables) await sql.unsafe(`create table kept_${table} as table ${table}`)
      try {
        await tamper(change)
        const { findings } = await verifyReports()
        await look()
        return findings
      } finally {
        await tamper(async (tx) => {
          for (const table of tables) await tx.unsafe(`delete from ${table}; insert into ${table} overriding system value table kept_${table}; drop table kept_${table}`)
        })
      }
    }
    const removeReports = async (tx: typeof sql, ids: number[]) => {
      await tx`delete from report_checks where report_id = any(${arrayOf(ids)}::bigint[])`
      await tx`delete from reports where id = any(${arrayOf(ids)}::bigint[])`
    }

    test('names the report of which one byte was changed, and keeps what it found', async () => {
      const { environment, handle, made } = await makeThree()
      const findings = await findAfter(
        (tx) => tx`
          update report_chunks set bytes = set_byte(bytes, length(bytes) - 20, get_byte(bytes, length(bytes) - 20) # 1)
          where operation_id = ${made[1]!.operationId} and seq = 1`,
        async () => {
          const checks = await sql<{ problem: string | null }[]>`select problem from report_checks c join reports r on r.id = c.report_id where environment_id = ${environment} order by since`
          expect(checks.map(({ problem }) => problem === null)).toEqual([true, false, true])
        },
      )
      expect(findings).toEqual([{ environment: handle, week: isoName(made[1]!.week), problem: 'what is stored is not what was sealed' }])
    })

    test('names the report from which a whole row was taken, however well it was compressed again', async () => {
      const { handle, made } = await makeThree()
      const findings = await findAfter((tx) => tx`delete from report_chunks where operation_id = ${made[2]!.operationId} and seq = 1`)
      expect(findings).toMatchObject([{ environment: handle, week: isoName(made[2]!.week) }])
    })

    test('names the report whose operations were changed', async () => {
      const { environment, made } = await makeThree()
      const findings = await findAfter((tx) => tx`update operations set note = 'never happened' where environment_id = ${environment} and finished_at = ${after(weeksAgo(3), 60).toISOString()}`)
      expect(findings).toMatchObject([{ week: isoName(made[0]!.week), problem: 'made again from the operations, it differs from what was sealed' }])
    })

    test.each([
      ['the environment that it is of', "environment_handle = 'another'"],
      ['when it was made', "made_at = made_at - interval '1 second'"],
      ['which part of its week it is', 'part = 2'],
      ['how large it is as it is stored', 'compressed_bytes = compressed_bytes + 1'],
      ['that its record is sealed', 'record_seal = null'],
      ['what was sealed before it', "record_seal_before = ''"],
    ])('names the report of which was changed %s', async (_what, change) => {
      const { made } = await makeThree()
      const [found, ...others] = await findAfter((tx) => tx.unsafe(`update reports set ${change} where id = ${made[0]!.id}`))
      expect(found).toMatchObject({ week: expect.stringMatching(new RegExp(`^${isoName(made[0]!.week)}`)) })
      expect(others.length).toBe(change.startsWith('record_seal =') ? 1 : 0)
    })

    test('finds nothing wrong with reports of an older Davit, which sealed no records', async () => {
      await makeThree()
      expect(await findAfter((tx) => tx`update reports set record_seal = null, record_seal_before = null`)).toEqual([])
    })

    test('names the report whose compressed bytes were changed, also when they give the same CSV', async () => {
      const { handle, made } = await makeThree()
      const findings = await findAfter((tx) => tx`update report_chunks set bytes = set_byte(bytes, 4, 1) where operation_id = ${made[1]!.operationId} and seq = 0`)
      expect(findings).toMatchObject([{ environment: handle, week: isoName(made[1]!.week), problem: expect.stringContaining('compressed bytes') }])
    })

    test.each([0, 1, 2])('names the report that is missing (%i)', async (index) => {
      const { handle, made } = await makeThree()
      const findings = await findAfter((tx) => removeReports(tx, [made[index]!.id]))
      expect(findings[0]).toMatchObject({ environment: handle, week: isoName(made[index]!.week), problem: expect.stringContaining('missing') })
    })

    test.each([
      ['as if the environment were new', (tx: typeof sql, environment: number) => tx`update resources set created_at = now() where id = ${environment}`],
      ['with the operations that made them', (tx: typeof sql, environment: number) => tx`delete from operations where type = 'report' and input->>'environment' = ${String(environment)}`],
      ['as if it were no environment', (tx: typeof sql, environment: number) => tx`update resources set kind = 'nothing' where id = ${environment}`],
    ])('names the first report when all of an environment are gone, %s', async (_how, cover) => {
      const { environment, handle, made } = await makeThree()
      const [found] = await findAfter(async (tx) => {
        await removeReports(tx, made.map(({ id }) => id))
        await cover(tx, environment)
      })
      expect(found).toMatchObject({ environment: handle, week: isoName(made[0]!.week), problem: expect.stringContaining('missing') })
    })

    test('notices that an environment was taken away with everything that speaks of it, by what was sealed next', async () => {
      const { environment, made } = await makeThree()
      const next = await makeThree()
      const findings = await findAfter(async (tx) => {
        await removeReports(tx, made.map(({ id }) => id))
        await tx`delete from operations where environment_id = ${environment} or input->>'environment' = ${String(environment)}`
        await tx`delete from resources where id = ${environment}`
      })
      expect(findings).toMatchObject([{ environment: next.handle, week: isoName(next.made[0]!.week), problem: expect.stringContaining('right before it') }])
    })

    test('names the report that was made once more from other operations, while the operation that made it first is there', async () => {
      const { environment, handle, made } = await makeThree()
      const last = made[2]!
      const findings = await findAfter(async (tx) => {
        await removeReports(tx, [last.id])
        await tx`update operations set request_key = 'moved away' where id = ${last.operationId}`
        await tx`update operations set actor_name = 'Mallory' where environment_id = ${environment} and finished_at = ${after(weeksAgo(1), 60).toISOString()}`
        const [again] = await tx<{ id: string }[]>`
          insert into operations (type, status, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, request_key, started_at, finished_at)
          select type, status, title, input, plan, resource_id, resource_kind, resource_handle, actor_kind, actor_name, source, 'again', started_at, finished_at
          from operations where id = ${last.operationId} returning id`
        await tx`update report_chunks set operation_id = ${again!.id} where operation_id = ${last.operationId}`
        await tx`
          insert into reports (environment_id, environment_handle, week, part, since, until, rows, failures, rollbacks, bytes, compressed_bytes, seal_before, seal, operation_id)
          select ${environment}, environment_handle, ${last.week}, 1, ${last.since.toISOString()}, ${last.until.toISOString()}, rows, failures, rollbacks, bytes, compressed_bytes, seal_before, seal, ${again!.id}
          from reports where id = ${made[1]!.id}`
      })
      expect(findings).toContainEqual({ environment: handle, week: isoName(last.week), problem: 'it is missing, although it was made' })
    })

    test.each(['stack_id = null', "kind = 'app'"])('names a week that was never reported, also of what is no environment any more (%s)', async (change) => {
      const environment = await makeEnvironment()
      await createdOn(environment, weeksAgo(1))
      await insertEnded(environment, { finishedAt: after(weeksAgo(1), 60) })
      const findings = await findAfter((tx) => tx.unsafe(`update resources set ${change} where id = ${environment}`))
      expect(findings).toEqual([{ environment: await handleOf(environment), week: isoName(weekOf(weeksAgo(1))), problem: expect.stringContaining('missing') }])
      await makeAllDue(environment)
    })

    test('names the report whose operation speaks of something else, or of nothing', async () => {
      const { handle, made } = await makeThree()
      const findings = await findAfter((tx) => tx`update operations set input = input || '{"environment": "abc"}' where id = ${made[1]!.operationId}`)
      expect(findings).toEqual([{ environment: handle, week: isoName(made[1]!.week), problem: expect.stringContaining('operation') }])
    })

    test('counts what is missing once, among the reports', async () => {
      const { made } = await makeThree()
      const before = await verifyReports()
      let seen: Awaited<ReturnType<typeof verifyReports>> | undefined
      await findAfter((tx) => removeReports(tx, made.map(({ id }) => id)), async () => {
        seen = await verifyReports()
      })
      expect(seen!.reports).toBe(before.reports)
      expect(new Set(seen!.findings.map(({ environment, week }) => `${environment} ${week}`)).size).toBe(seen!.findings.length)
    })

    test('finds a report that was made by hand without the key', async () => {
      const { made } = await makeThree()
      const findings = await findAfter((tx) => tx`update reports set seal = encode(sha256('a'), 'hex') where id = ${made[2]!.id}`)
      expect(findings).toMatchObject([{ week: isoName(made[2]!.week) }])
    })
  })

  test('the database itself refuses to change a sealed report', async () => {
    const environment = await makeEnvironment()
    await createdOn(environment, weeksAgo(1))
    await makeAllDue(environment)
    const [row] = await reportsOf(environment)
    await expect(sql`update reports set rows = 0 where id = ${row!.id}`.execute()).rejects.toThrow('never changed')
    await expect(sql`delete from reports where id = ${row!.id}`.execute()).rejects.toThrow('never changed')
    for (const change of [sql`delete from report_chunks where operation_id = ${row!.operationId}`, sql`update report_chunks set bytes = '' where operation_id = ${row!.operationId}`, sql`insert into report_chunks values (${row!.operationId}, 99, '')`]) {
      await expect(change.execute()).rejects.toThrow('never changed')
    }
  })
})
