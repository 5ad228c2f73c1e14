import { readFileSync } from 'node:fs'
import { db, sql } from '#lib/db/client.ts'
import { writeChunks } from '#lib/report/make.ts'

/** Makes or copies the rows of one week once, and says how long it took and what memory it had at its peak. */
export type Way = 'make' | 'copy'
export interface Measured {
  rows: number
  bytes: number
  compressedBytes: number
  seconds: number
  peakMb: number
}

const [way, environment, maker, since, until] = process.argv.slice(2) as [Way, string, string, string, string]

async function copy() {
  const stream = await sql`
    copy (select id, type, status, rollback, resource_kind, resource_id, resource_handle, environment_handle, actor_name, actor_email, source, note, queued_at, started_at, finished_at,
      extract(epoch from finished_at - started_at), extract(epoch from started_at - queued_at), cancel_requested_by, cancel_requested_at, rolls_back_id, release_number, downtime_ms,
      requests_served, requests_lost, failed_step, error from operations where environment_id = ${sql.unsafe(environment)} and finished_at is not null) to stdout (format csv)`.readable()
  let bytes = 0
  for await (const part of stream) bytes += (part as Buffer).length
  return { bytes, compressedBytes: 0, rows: null }
}

async function count() {
  const [row] = await sql<{ rows: string }[]>`select count(*) as rows from operations where environment_id = ${environment} and finished_at is not null`
  return Number(row!.rows)
}

/** By the system: what Node tells begins at the size of the process that forked this one. */
const peakMb = () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

const make = () => writeChunks((work) => db.transaction(work), Number(maker), { environmentId: Number(environment), since: new Date(since), until: new Date(until) }, new AbortController().signal)

await sql`select 1`
const began = performance.now()
const { rows, bytes, compressedBytes } = await (way === 'copy' ? copy() : make())
const seconds = (performance.now() - began) / 1000
const measured: Measured = { rows: rows ?? (await count()), bytes, compressedBytes, seconds, peakMb: peakMb() }
process.send!(measured)
process.disconnect()
await sql.end()
