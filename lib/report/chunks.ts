import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { and, eq } from 'drizzle-orm'
import { reportChunks } from '#drizzle/schema/report.ts'
import { db } from '../db/client.ts'

const expand = promisify(gunzip)

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

/** The CSV. @throws when the stored bytes are no longer what gzip made. */
export async function* storedCsv(operationId: number): AsyncGenerator<Buffer> {
  for await (const chunk of storedChunks(operationId)) yield await expand(chunk)
}
