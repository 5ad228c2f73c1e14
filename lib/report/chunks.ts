import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { and, eq, sql } from 'drizzle-orm'
import { reportChunks } from '#drizzle/schema/report.ts'
import { db, type Transaction } from '../db/client.ts'

const expandedBytes = 256 * 1024

/** As stored, one at a time, so that no connection is held while a slow client reads. All of them are one gzip file. */
export async function* storedChunks(operationId: number): AsyncGenerator<Buffer> {
  for (let seq = 0; ; seq++) {
    const [row] = await db
      .select({ bytes: reportChunks.bytes })
      .from(reportChunks)
      .where(and(eq(reportChunks.operationId, operationId), eq(reportChunks.seq, seq)))
    if (!row) return
    yield row.bytes
  }
}

/** Of the bytes as they are stored, formed by Postgres. */
export async function digestOfChunks(operationId: number, tx: Transaction | typeof db = db): Promise<string> {
  const [row] = await tx
    .select({ digest: sql<string>`encode(sha256(coalesce(string_agg(sha256(${reportChunks.bytes}), ''::bytea order by ${reportChunks.seq}), '')), 'hex')` })
    .from(reportChunks)
    .where(eq(reportChunks.operationId, operationId))
  return row!.digest
}

/** The CSV. @throws an error with a code that begins with `Z_` when the stored bytes are no longer what gzip made. */
export async function* storedCsv(operationId: number): AsyncGenerator<Buffer> {
  const expanded = createGunzip({ chunkSize: expandedBytes })
  // An error of it is thrown where `expanded` is read.
  const feeding = pipeline(Readable.from(storedChunks(operationId), { highWaterMark: 1 }), expanded).catch(() => {})
  try {
    for await (const csv of expanded) yield csv as Buffer
  } finally {
    expanded.destroy()
    await feeding
  }
}
