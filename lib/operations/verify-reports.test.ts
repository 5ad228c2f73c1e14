import { describe, expect, test } from 'vitest'
import { arrayOf } from '../db/array.ts'
import { sql } from '../db/client.ts'
import { verifyReports } from '../report/verify.ts'
import { isoName, weekOf } from '../report/week.ts'
import { after, createdOn, handleOf, insertEnded, makeAllDue, makeEnvironment, reportsOf, tamper, weeksAgo } from './report-world.ts'
import { inWorld, type World } from './world.ts'

describe('the verification of reports', () => {
  let world: World
  inWorld((opened) => (world = opened))

  async function makeThree() {
    const environment = await makeEnvironment(world)
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
    const environment = await makeEnvironment(world)
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
