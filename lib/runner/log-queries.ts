import { and, asc, eq, gt, sql } from 'drizzle-orm'
import { logLines } from '#drizzle/schema/journal.ts'
import { operations } from '#drizzle/schema/operation.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'

export type LogLineSnapshot = { seq: number; at: string; step: number | null; source: string; stream: string; text: string; cut: boolean }
export type LogPage = { lines: LogLineSnapshot[]; last: number; ended: boolean }

const linesMax = 1000
/** What a screen can show of one line; the download has it whole. */
const shownChars = 4000
const foundMax = 5000
/** Lines may have 64 KB each, and two pages are in memory at once. */
const downloadLines = 500

/** Up to `limit` lines after a line, and the number of the last line there is. */
export async function readLog(actor: Actor, operationId: number, after: number, limit: number): Promise<LogPage> {
  const ended = await mayRead(actor, operationId)
  const [rows, last] = await Promise.all([
    db
      .select({
        seq: logLines.seq,
        at: logLines.at,
        step: logLines.step,
        source: logLines.source,
        stream: logLines.stream,
        text: sql<string>`left(${logLines.text}, ${shownChars})`,
        cut: sql<boolean>`length(${logLines.text}) > ${shownChars}`,
      })
      .from(logLines)
      .where(and(eq(logLines.operationId, operationId), gt(logLines.seq, after)))
      .orderBy(asc(logLines.seq))
      .limit(Math.min(limit, linesMax)),
    lastLine(operationId),
  ])
  return { lines: rows.map((row) => ({ ...row, at: row.at.toISOString() })), last, ended }
}

/** The numbers of the lines that hold the text, in any case; the first five thousand. */
export async function searchLog(actor: Actor, operationId: number, text: string): Promise<{ found: number[]; more: boolean }> {
  await mayRead(actor, operationId)
  const rows = await db
    .select({ seq: logLines.seq })
    .from(logLines)
    .where(and(eq(logLines.operationId, operationId), sql`position(lower(${text}) in lower(${logLines.text})) > 0`))
    .orderBy(asc(logLines.seq))
    .limit(foundMax + 1)
  return { found: rows.slice(0, foundMax).map(({ seq }) => seq), more: rows.length > foundMax }
}

/**
 * The whole log as text, page by page, so that no connection is held while a slow client reads. With
 * `follow` it goes on until the operation has ended. Postgres forms the lines: it costs a sixth of the time.
 */
export async function* streamLog(actor: Actor, operationId: number, follow: ((signal: AbortSignal) => Promise<void>) | null, signal: AbortSignal) {
  let after = 0
  for (;;) {
    const ended = await mayRead(actor, operationId)
    const { text, last, lines } = await formPage(operationId, after)
    if (text !== null) yield text
    after = Number(last ?? after)
    if (signal.aborted) return
    if (lines === downloadLines) continue
    if (ended || !follow) return
    await follow(signal)
  }
}

/** Instant, source, stream and text; escape sequences stay in, for `less -R`. */
async function formPage(operationId: number, after: number) {
  const page = db
    .select()
    .from(logLines)
    .where(and(eq(logLines.operationId, operationId), gt(logLines.seq, after)))
    .orderBy(asc(logLines.seq))
    .limit(downloadLines)
    .as('page')
  const at = sql`to_char(${page.at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z "')`
  const line = sql`${at} || ${page.source} || ' ' || ${page.stream} || ' ' || ${page.text} || chr(10)`
  const [row] = await db
    .select({
      text: sql<string | null>`string_agg(${line}, '' order by ${page.seq})`,
      last: sql<string | null>`max(${page.seq})`,
      lines: sql<number>`count(*)::int`,
    })
    .from(page)
  if (!row) throw new Error('an aggregate returned no row')
  return row
}

/** Whether it has ended, read before its lines: then none can come after them. */
async function mayRead(actor: Actor, operationId: number): Promise<boolean> {
  const [row] = await db
    .select({ environmentId: operations.environmentId, finishedAt: operations.finishedAt })
    .from(operations)
    .where(eq(operations.id, operationId))
  if (!row) throw nothingHere()
  allowOne(actor, 'read', row.environmentId)
  return row.finishedAt !== null
}

async function lastLine(operationId: number): Promise<number> {
  const [row] = await db.select({ last: sql<string | null>`max(${logLines.seq})` }).from(logLines).where(eq(logLines.operationId, operationId))
  return Number(row?.last ?? 0)
}
