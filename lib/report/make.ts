import { and, desc, eq, sql as fragment } from 'drizzle-orm'
import { reportChunks, reports } from '#drizzle/schema/report.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { csvPages, header, type Span } from './activity-csv.ts'
import { digestOfChunks } from './chunks.ts'
import { beginGzip } from './gzip.ts'
import { beginSeal, sealOfNone, sealOfRecord } from './seal.ts'
import { weekOf } from './week.ts'

/** Any number that nothing else in this database locks. */
const keepLock = 7_232_019

/** How a step writes: each call is one short transaction of its operation. */
export type Write = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>

export interface Written {
  rows: number
  failures: number
  rollbacks: number
  bytes: number
  compressedBytes: number
  sealBefore: string
  seal: string
}

/**
 * Closes an environment's time up to `until`, or up to now when that is earlier: whatever ended before has been
 * committed when this returns, and whatever ends later is stamped later.
 * @throws Refusal `conflict` when the report before it does not end at `since`.
 */
export async function closeTime(tx: Transaction, { environmentId, since, until }: Span & { until: Date }): Promise<Date> {
  const former = await lookUpFormer(tx, environmentId)
  if (former && former.until.getTime() !== since.getTime()) throw new Refusal('conflict', 'Another report has been made in the meantime.')
  const [row] = await tx.execute<{ closed: string }>(fragment`select close_time(${environmentId}, ${until.toISOString()}::timestamptz) as closed`)
  return new Date(row!.closed)
}

/** Writes the CSV of a closed span in compressed chunks; sealed it is by the row that `keepReport` adds. */
export async function writeChunks(write: Write, operationId: number, span: Span, signal: AbortSignal): Promise<Written> {
  const sealBefore = await write(async (tx) => {
    // What a runner that died in here had written.
    await tx.delete(reportChunks).where(eq(reportChunks.operationId, operationId))
    return (await lookUpFormer(tx, span.environmentId))?.seal ?? sealOfNone(span.environmentId)
  })
  const seal = beginSeal(sealBefore)
  const gzip = beginGzip()
  const written = { rows: 0, failures: 0, rollbacks: 0, bytes: 0, compressedBytes: 0 }
  let seq = 0
  let storing: Promise<unknown> = Promise.resolve()
  async function store(bytes: Buffer) {
    written.compressedBytes += bytes.length
    await storing
    const chunk = { operationId, seq: seq++, bytes }
    storing = write((tx) => tx.insert(reportChunks).values(chunk).onConflictDoNothing())
    // It is awaited before the next one; an error before that must not be called unhandled.
    storing.catch(() => {})
  }
  async function add(csv: Buffer) {
    const compressing = gzip.piece(csv)
    seal.update(csv)
    written.bytes += csv.length
    await store(await compressing)
  }
  try {
    await add(header)
    for await (const page of csvPages(span)) {
      signal.throwIfAborted()
      await add(page.csv)
      for (const count of ['rows', 'failures', 'rollbacks'] as const) written[count] += page[count]
    }
    await store(gzip.end())
    await storing
  } finally {
    // A chunk that is still on its way would come after its removal.
    await storing.catch(() => {})
  }
  return { ...written, sealBefore, seal: seal.finish() }
}

export async function removeChunks(tx: Transaction, operationId: number): Promise<void> {
  await tx.delete(reportChunks).where(eq(reportChunks.operationId, operationId))
}

/** From here on the report is there, and can no longer be changed. */
export async function keepReport(tx: Transaction, operationId: number, span: Span & { until: Date }, written: Written): Promise<void> {
  const { environmentId, since, until } = span
  const week = weekOf(since)
  const [environment] = await tx.select({ handle: resources.handle }).from(resources).where(eq(resources.id, environmentId))
  const parts = await tx
    .select({ operationId: reports.operationId })
    .from(reports)
    .where(and(eq(reports.environmentId, environmentId), eq(reports.week, week)))
  // Its commit was made, and the answer to it was lost.
  if (parts.some((part) => part.operationId === operationId)) return
  const row = { environmentId, environmentHandle: environment?.handle ?? '', week, part: parts.length + 1, since, until, operationId, ...written }
  const digest = await digestOfChunks(operationId, tx)
  const { recordSealBefore, madeAt } = await lookUpLastKept(tx)
  await tx.insert(reports).values({ ...row, madeAt, recordSealBefore, recordSeal: sealOfRecord(recordSealBefore, { ...row, madeAt, digest }) })
}

/** One after another, in the order of their ids: until the commit nobody else looks up which one is the last. */
async function lookUpLastKept(tx: Transaction) {
  await tx.execute(fragment`select pg_advisory_xact_lock(${keepLock})`)
  const [clock] = await tx.execute<{ now: string }>(fragment`select date_trunc('milliseconds', clock_timestamp()) as now`)
  const [last] = await tx.select({ recordSeal: reports.recordSeal }).from(reports).orderBy(desc(reports.id)).limit(1)
  return { recordSealBefore: last?.recordSeal ?? '', madeAt: new Date(clock!.now) }
}

async function lookUpFormer(tx: Transaction, environmentId: number) {
  const [row] = await tx
    .select({ until: reports.until, seal: reports.seal })
    .from(reports)
    .where(eq(reports.environmentId, environmentId))
    .orderBy(desc(reports.since))
    .limit(1)
  return row
}
