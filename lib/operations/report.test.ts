import { describe, expect, test } from 'vitest'
import { reportChunks, reports } from '#drizzle/schema/report.ts'
import { db, sql } from '../db/client.ts'
import { verifyReports } from '../report/verify.ts'
import { testOperation } from '../runner/contract.ts'
import { report } from './report.ts'
import { after, clock, createdOn, csvOf, freshHandle, insertEnded, makeAllDue, makeEnvironment, makeReport, monday, reportsOf, rowsOf, tamper, weeksAgo } from './report-world.ts'
import { updateEnvironment } from './update-environment.ts'
import { inWorld, openStage, type World } from './world.ts'

testOperation(report, () =>
  openStage(async (world) => async () => {
    const environment = await makeEnvironment(world)
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

describe('a report', () => {
  let world: World
  inWorld((opened) => (world = opened))

  test('holds whatever ended in that week and nothing else, cell by cell as in the db', async () => {
    const environment = await makeEnvironment(world)
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
    const environment = await makeEnvironment(world)
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
    await makeReport(world, environment, row!.since, row!.until)
    const [again] = await reportsOf(environment)
    expect(await csvOf(again!)).toBe(before)
    expect(again!.seal).toBe(row!.seal)
  })

  test('the database itself refuses to change a sealed report', async () => {
    const environment = await makeEnvironment(world)
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
