import { and, desc, eq, sql } from 'drizzle-orm'
import { reportChecks, reports } from '#drizzle/schema/report.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow, allowOne, may } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import { csvPages, header } from './activity-csv.ts'
import { storedChunks, storedCsv } from './chunks.ts'
import { beginningOf, isoName, weekOf } from './week.ts'

export type ReportRow = Awaited<ReturnType<typeof listReports>>[number]

/** Five years of an environment. */
const listedMax = 260

/** Newest first. */
export async function listReports(actor: Actor, environmentId: number) {
  await findReadable(actor, environmentId)
  const rows = await db
    .select({ report: reports, checkedAt: reportChecks.checkedAt, problem: reportChecks.problem })
    .from(reports)
    .leftJoin(reportChecks, eq(reportChecks.reportId, reports.id))
    .where(eq(reports.environmentId, environmentId))
    .orderBy(desc(reports.since))
    .limit(listedMax)
  return rows.map(({ report: { id, week, part, rows, failures, rollbacks, bytes, seal, until, madeAt }, checkedAt, problem }) => ({
    id,
    name: isoName(week),
    week,
    part,
    rows,
    failures,
    rollbacks,
    bytes,
    seal,
    problem,
    until: until.toISOString(),
    madeAt: madeAt.toISOString(),
    checkedAt: checkedAt?.toISOString() ?? null,
  }))
}

export interface ReportFile {
  name: string
  /** Asked again while it is sent. */
  permits: (actor: Actor) => boolean
  headers: Record<string, string>
  chunks: AsyncIterable<Buffer>
}

/** A sealed report as it is stored, which is gzip, or expanded for a client that does not take gzip. That it left is activity; asking for its head is none. */
export async function downloadReport(actor: Actor, environmentId: number, reportId: number, gzip: boolean, headOnly = false): Promise<ReportFile> {
  const { permits } = await findReadable(actor, environmentId)
  const [report] = await db.select().from(reports).where(and(eq(reports.id, reportId), eq(reports.environmentId, environmentId)))
  if (!report) throw nothingHere()
  const part = report.part > 1 ? `-part-${report.part}` : ''
  const name = `${report.environmentHandle}-${isoName(report.week)}${part}.csv`
  if (!headOnly) await recordDownload(actor, environmentId, report.environmentHandle, name)
  const headers = { 'davit-seal': report.seal, 'davit-seal-before': report.sealBefore, vary: 'accept-encoding' }
  return { name, permits, headers, chunks: gzip ? storedChunks(report.operationId) : storedCsv(report.operationId) }
}

/** What has ended since the last report: by the same code, and unsealed. */
export async function downloadSoFar(actor: Actor, environmentId: number, headOnly = false): Promise<ReportFile> {
  const { handle, since, permits } = await findOpenWeek(actor, environmentId)
  const name = `${handle}-${isoName(weekOf(since))}-so-far-unsealed.csv`
  if (!headOnly) await recordDownload(actor, environmentId, handle, name)
  return { name, permits, headers: {}, chunks: soFar(environmentId, since) }
}

async function* soFar(environmentId: number, since: Date): AsyncGenerator<Buffer> {
  yield header
  for await (const { csv } of csvPages({ environmentId, since, until: null })) yield csv
}

/** The time that no report holds yet: it begins where the last one ended. */
export async function findOpenWeek(actor: Actor, environmentId: number) {
  const { handle, createdAt, permits } = await findReadable(actor, environmentId)
  const [last] = await db.select({ until: reports.until }).from(reports).where(eq(reports.environmentId, environmentId)).orderBy(desc(reports.since)).limit(1)
  return { handle, permits, since: last?.until ?? beginningOf(weekOf(createdAt)) }
}

/** Those of an environment that was deprovisioned, or never came to be, are kept for owners. */
async function findReadable(actor: Actor, environmentId: number) {
  allow(actor, 'read', environmentId)
  const [row] = await db
    .select({ handle: resources.handle, createdAt: resources.createdAt, live: sql<boolean>`${environments.id} is not null and ${environments.deprovisionedAt} is null` })
    .from(resources)
    .leftJoin(environments, eq(environments.id, resources.id))
    .where(and(eq(resources.id, environmentId), eq(resources.kind, 'environment')))
  if (!row) throw nothingHere()
  if (!row.live) allowOne(actor, 'owner', null)
  return { ...row, permits: (now: Actor) => (row.live ? may(now, 'read', environmentId) : now.owner) }
}

async function recordDownload(actor: Actor, environmentId: number, handle: string, detail: string): Promise<void> {
  const resource = { id: environmentId, handle, kind: 'environment' }
  await db.transaction((tx) => recordEvent(tx, { kind: 'report downloaded', actor, environmentId, resource, detail }))
}
