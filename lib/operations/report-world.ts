import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import Papa from 'papaparse'
import { expect } from 'vitest'
import { operations } from '#drizzle/schema/operation.ts'
import { reports } from '#drizzle/schema/report.ts'
import { db, sql } from '../db/client.ts'
import { columns } from '../report/activity-csv.ts'
import { storedCsv } from '../report/chunks.ts'
import { listDue } from '../report/due.ts'
import { beginningOf, weekOf } from '../report/week.ts'
import { ended } from '../runner/rehearsal.ts'
import { provisionEnvironment } from './provision-environment.ts'
import { report } from './report.ts'
import { askFor } from './schedule.ts'
import { resourceOf, type World } from './world.ts'

let made = 0
export const freshHandle = () => `reported-${++made}`
export const monday = () => beginningOf(weekOf(new Date()))
export const weeksAgo = (weeks: number) => new Date(monday().getTime() - weeks * 7 * 24 * 3600_000)
export const after = (instant: Date, seconds: number) => new Date(instant.getTime() + seconds * 1000)

export async function clock(): Promise<Date> {
  const [row] = await sql<{ now: string }[]>`select date_trunc('milliseconds', clock_timestamp()) + interval '1 millisecond' as now`
  return new Date(row!.now)
}

/** As somebody would who passes by everything that guards the database. */
export function tamper(work: (tx: typeof sql) => Promise<unknown>): Promise<unknown> {
  return sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await work(tx as unknown as typeof sql)
  })
}

export async function createdOn(environment: number, instant: Date) {
  await sql`update resources set created_at = ${instant.toISOString()} where id = ${environment}`
  await sql`update environments set created_at = ${instant.toISOString()} where id = ${environment}`
}

export const handleOf = async (environment: number) => (await sql<{ handle: string }[]>`select handle from resources where id = ${environment}`)[0]!.handle

type Ended = Partial<typeof operations.$inferInsert> & { finishedAt: Date }

export async function insertEnded(environment: number, row: Ended): Promise<number> {
  const before = after(row.finishedAt, -30)
  const base = { type: 'deploy', status: 'succeeded' as const, title: 'Deploy', input: {}, plan: [], resourceId: environment, resourceKind: 'app', resourceHandle: 'storefront', environmentId: environment, environmentHandle: 'staging', actorKind: 'user', actorName: 'Ada', source: 'dashboard', requestKey: randomUUID(), queuedAt: before, startedAt: before }
  const [inserted] = await db.insert(operations).values({ ...base, ...row }).returning({ id: operations.id })
  return inserted!.id
}

export const reportsOf = (environment: number) => db.select().from(reports).where(eq(reports.environmentId, environment)).orderBy(reports.since)

export async function csvOf({ operationId }: { operationId: number }): Promise<string> {
  return Buffer.concat(await Array.fromAsync(storedCsv(operationId))).toString()
}

export async function rowsOf(row: { operationId: number }) {
  const { data, errors, meta } = Papa.parse<Record<(typeof columns)[number], string>>(await csvOf(row), { header: true, skipEmptyLines: true, newline: '\r\n' })
  expect(errors).toEqual([])
  expect(meta.fields).toEqual([...columns])
  return data
}

export const makeEnvironment = async ({ crew, stack }: World) => resourceOf(await crew.carryOut(provisionEnvironment, { stack, handle: freshHandle() }))

export const makeReport = ({ crew }: World, environment: number, since: Date, end: Date) => crew.carryOut(report, { environment, since: since.toISOString(), until: end.toISOString() })

/** One round of the schedule after another, until nothing is due there. */
export async function makeAllDue(environment: number) {
  for (let [due] = await listDue(environment); due; [due] = await listDue(environment)) await ended((await askFor(due))!.id)
}
