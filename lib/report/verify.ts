import { sql as fragment } from 'drizzle-orm'
import { reportChecks, reports } from '#drizzle/schema/report.ts'
import { db, sql } from '../db/client.ts'
import { csvPages, header } from './activity-csv.ts'
import { storedCsv } from './chunks.ts'
import { listDue, type DueReport } from './due.ts'
import { beginSeal, sealOfNone, sealsEqual } from './seal.ts'
import { beginningOf, isoName, weekOf } from './week.ts'

type Report = typeof reports.$inferSelect

/** What is wrong with one report, in words. */
export interface Finding {
  environment: string
  /** `2026-W47`, and its part when there are several. */
  week: string
  problem: string
}

export interface Verification {
  reports: number
  findings: Finding[]
}

/** A runner has this long to make a report before it counts as missing. */
const lateMs = 3600_000

/**
 * Recomputes every report from what is stored and from the operations themselves, and looks for weeks without
 * one. What it finds of each report is kept for its page. The first finding is the oldest of the first environment.
 */
export async function verifyReports(tell: (finding: Finding) => void = () => {}): Promise<Verification> {
  const findings: Finding[] = []
  const find = (finding: Finding) => {
    findings.push(finding)
    tell(finding)
  }
  const environments = await sql<{ id: string; createdAt: string }[]>`
    select id, created_at as "createdAt" from resources where kind = 'environment' and stack_id is not null order by id`
  const due = new Map((await listDue()).map((one) => [one.environmentId, one]))
  let count = 0
  for (const { id, createdAt } of environments) {
    count += await verifyChain(Number(id), beginningOf(weekOf(new Date(createdAt))), find)
    const next = due.get(Number(id))
    if (next && (await isMissing(next))) find({ environment: next.handle, week: nameOf(next), problem: 'it is missing' })
  }
  return { reports: count, findings }
}

const nameOf = ({ week, part }: { week: string; part: number }) => (part > 1 ? `${isoName(week)} part ${part}` : isoName(week))

async function verifyChain(environmentId: number, beginning: Date, find: (finding: Finding) => void): Promise<number> {
  const chain = await db.select().from(reports).where(fragment`${reports.environmentId} = ${environmentId}`).orderBy(reports.since)
  let [since, sealBefore] = [beginning, sealOfNone(environmentId)]
  for (const report of chain) {
    const problem = await problemOf(report, since, sealBefore)
    if (problem) find({ environment: report.environmentHandle, week: nameOf(report), problem })
    await keepCheck(report.id, problem)
    since = report.until
    sealBefore = report.seal
  }
  return chain.length
}

async function problemOf(report: Report, since: Date, sealBefore: string): Promise<string | null> {
  if (report.since > since) return `the report before it is missing: nothing tells what ended from ${since.toISOString()} to ${report.since.toISOString()}`
  if (report.since < since || weekOf(report.since) !== report.week) return 'it does not begin where the report before it ended'
  if (!sealsEqual(report.sealBefore, sealBefore)) return 'it was not sealed after the report before it'
  const stored = await sealStored(report)
  if (stored === null || !sealsEqual(stored, report.seal)) return 'what is stored is not what was sealed'
  const made = await makeAgain(report)
  if (!sealsEqual(made.seal, report.seal)) return 'made again from the operations it differs from what was sealed'
  const counts = ['rows', 'failures', 'rollbacks', 'bytes'] as const
  return counts.some((count) => made[count] !== report[count]) ? 'its counts are not those of what was sealed' : null
}

/** Null: what is stored cannot even be read. */
async function sealStored({ operationId, sealBefore }: Report): Promise<string | null> {
  const seal = beginSeal(sealBefore)
  try {
    for await (const csv of storedCsv(operationId)) seal.update(csv)
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('Z_')) return null
    throw error
  }
  return seal.finish()
}

async function makeAgain({ environmentId, since, until, sealBefore }: Report) {
  const seal = beginSeal(sealBefore)
  seal.update(header)
  const made = { rows: 0, failures: 0, rollbacks: 0, bytes: header.length }
  for await (const page of csvPages({ environmentId, since, until })) {
    seal.update(page.csv)
    made.bytes += page.csv.length
    for (const count of ['rows', 'failures', 'rollbacks'] as const) made[count] += page[count]
  }
  return { ...made, seal: seal.finish() }
}

async function keepCheck(reportId: number, problem: string | null): Promise<void> {
  const checked = { checkedAt: fragment`clock_timestamp()`, problem }
  await db.insert(reportChecks).values({ reportId, ...checked }).onConflictDoUpdate({ target: reportChecks.reportId, set: checked })
}

/** It was made once and is gone, or it has been due for so long that no runner can be making it. */
async function isMissing({ environmentId, week, part, until }: DueReport): Promise<boolean> {
  const [row] = await sql<{ made: boolean; late: boolean }[]>`
    select exists (select from operations where request_key = ${`report:${environmentId}:${week}:${part}:0`} and status = 'succeeded' and leftovers = '[]') as made,
      clock_timestamp() > ${until.toISOString()}::timestamptz + make_interval(secs => ${lateMs / 1000}) as late`
  return row!.made || row!.late
}

/** The seal that a file would have after a given one: both came with the download. */
export async function sealOfFile(csv: AsyncIterable<Buffer>, sealBefore: string): Promise<string> {
  const seal = beginSeal(sealBefore)
  for await (const part of csv) seal.update(part)
  return seal.finish()
}

/** The seal that came before, where the db still knows it. */
export async function lookUpSealBefore(seal: string): Promise<string | null> {
  const [row] = await db.select({ sealBefore: reports.sealBefore }).from(reports).where(fragment`${reports.seal} = ${seal}`)
  return row?.sealBefore ?? null
}
