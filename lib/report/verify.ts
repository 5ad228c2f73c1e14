import { sql as fragment } from 'drizzle-orm'
import { reportChecks, reports } from '#drizzle/schema/report.ts'
import { db } from '../db/client.ts'
import { csvPages, header } from './activity-csv.ts'
import { digestOfChunks, storedCsv } from './chunks.ts'
import { listMissing, listReported, type Verified } from './missing.ts'
import { beginSeal, sealOfNone, sealOfRecord, sealsEqual } from './seal.ts'
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
  const missing = Map.groupBy(await listMissing(), ({ environmentId }) => environmentId)
  let count = 0
  for (const { id, bornAt: from } of await listReported()) {
    const environmentId = Number(id)
    const found = await verifyChain(environmentId, from ? beginningOf(weekOf(new Date(from))) : null)
    const lacks = missing.get(environmentId) ?? []
    missing.delete(environmentId)
    count += found.length + lacks.filter(({ week }) => !found.some((one) => one.week === week)).length
    tellAll([...lacks, ...found], find)
  }
  // Of what is no environment any more, and has no report.
  for (const lacks of missing.values()) {
    count += lacks.length
    tellAll(lacks, find)
  }
  return { reports: count, findings }
}

function tellAll(found: Verified[], find: (finding: Finding) => void): void {
  const wrong = found.filter(({ problem }) => problem !== null).toSorted((a, b) => a.since.getTime() - b.since.getTime())
  for (const { handle, problem, ...named } of wrong) find({ environment: handle, week: nameOf(named), problem: problem! })
}

const nameOf = ({ week, part }: { week: string; part: number }) => (part > 1 ? `${isoName(week)} part ${part}` : isoName(week))

/** `beginning` is null when nothing is known of the environment itself. */
async function verifyChain(environmentId: number, beginning: Date | null): Promise<Verified[]> {
  const chain = await db.select().from(reports).where(fragment`${reports.environmentId} = ${environmentId}`).orderBy(reports.since)
  let [since, sealBefore] = [beginning ?? chain[0]?.since ?? new Date(), sealOfNone(environmentId)]
  const found: Verified[] = []
  for (const report of chain) {
    const problem = (await problemOf(report, since, sealBefore)) ?? (await problemOfRecord(report))
    found.push({ ...report, handle: report.environmentHandle, problem })
    await keepCheck(report.id, problem)
    since = report.until
    sealBefore = report.seal
  }
  return found
}

async function problemOf(report: Report, since: Date, sealBefore: string): Promise<string | null> {
  if (report.since > since) return `the report before it is missing: nothing tells what ended from ${since.toISOString()} to ${report.since.toISOString()}`
  if (report.since < since || weekOf(report.since) !== report.week) return 'it does not begin where the report before it ended'
  if (!sealsEqual(report.sealBefore, sealBefore)) return 'it was not sealed after the report before it'
  const stored = await sealStored(report)
  if (stored === null || !sealsEqual(stored, report.seal)) return 'what is stored is not what was sealed'
  const made = await makeAgain(report)
  if (!sealsEqual(made.seal, report.seal)) return 'made again from the operations, it differs from what was sealed'
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

/** What is kept of it besides its CSV, down to the stored bytes, and whether it follows what was kept before it. */
async function problemOfRecord(report: Report): Promise<string | null> {
  const { id, operationId, recordSealBefore, recordSeal } = report
  const [before] = await db.select({ recordSeal: reports.recordSeal }).from(reports).where(fragment`${reports.id} < ${id}`).orderBy(fragment`${reports.id} desc`).limit(1)
  // An older Davit sealed the CSV and nothing else; once records are sealed, each is.
  if (recordSealBefore === null || recordSeal === null) return before?.recordSeal ? 'the seal of its record is missing' : null
  const again = sealOfRecord(recordSealBefore, { ...report, digest: await digestOfChunks(operationId) })
  if (!sealsEqual(again, recordSeal)) return 'its handle, its times, its sizes or its compressed bytes are not as they were sealed'
  return sealsEqual(before?.recordSeal ?? '', recordSealBefore) ? null : 'what was sealed right before it, here or of another environment, is missing or was changed'
}

async function keepCheck(reportId: number, problem: string | null): Promise<void> {
  const checked = { checkedAt: fragment`clock_timestamp()`, problem }
  await db.insert(reportChecks).values({ reportId, ...checked }).onConflictDoUpdate({ target: reportChecks.reportId, set: checked })
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
