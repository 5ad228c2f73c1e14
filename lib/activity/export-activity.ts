import type { Actor } from '../auth/actor.ts'
import { readableEnvironments } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { csvRecord } from '../download/csv.ts'
import { Refusal } from '../refusal.ts'
import { type ActivityRow, ask, ofPeople, readRows } from './list-activity.ts'
import { recordEvent } from './record-event.ts'
import { type ActivityFilter, addressOf } from './schema.ts'

const batchRows = 1000
export const exportColumns = [
  'id', 'kind', 'type', 'status', 'rollback', 'at', 'started_at', 'finished_at', 'resource_type', 'resource_id', 'resource_handle',
  'environment', 'actor_name', 'actor_email', 'source', 'title', 'note', 'detail', 'operation_id',
] as const

export type Export = {
  records: AsyncIterable<string>
  /** Whether all that the export was begun with may still be read. */
  permits: (now: Actor) => boolean
}

/**
 * Everything a filter has, newest first, as CSV, from what there is when it begins. Page by page: no connection is
 * held while a slow client reads, and memory does not grow. That it was taken is activity, committed before; asking for its head is none.
 * @throws Refusal `invalid` when it would lack rows.
 */
export async function exportActivity(actor: Actor, filter: ActivityFilter, signal: AbortSignal, headOnly = false): Promise<Export> {
  const asked = await ask(actor, { ...filter, before: undefined, after: undefined, top: undefined })
  if (asked.ofNewest !== null) throw new Refusal('invalid', `More than ${asked.ofNewest} resources have such a name, and an export would lack what the older ones have. Narrow it: name an environment, or more of the handle.`)
  if (ofPeople(asked) !== null) throw new Refusal('invalid', `More than ${ofPeople(asked)} people have such a name or e-mail, and an export would lack what the others did. Give more of it.`)
  const newest = headOnly ? [] : await readRows(asked, 'desc', 1)
  const address = addressOf(asked.filter)
  if (!headOnly) await db.transaction((tx) => recordEvent(tx, { kind: 'activity exported', actor, environmentId: filter.environment, detail: address ? `filtered by ${decodeURIComponent(address)}` : 'all of it' }))
  const permits = (now: Actor) => {
    const readable = readableEnvironments(now)
    return readable === 'all' || (asked.reach.environments?.every((id) => readable.includes(id)) ?? false)
  }
  return { records: records((newest[0]?.id ?? 0) + 1), permits }

  async function* records(below: number) {
    yield csvRecord([...exportColumns])
    for (let last = below; !signal.aborted; ) {
      const rows = await readRows(asked, 'desc', batchRows, { below: last })
      if (rows.length > 0) yield rows.map((row) => csvRecord(cellsOf(row))).join('')
      if (rows.length < batchRows) return
      last = rows.at(-1)!.id
    }
  }
}

function cellsOf(row: ActivityRow) {
  const { id, kind, type, at, resourceKind, resourceId, resourceHandle, environmentHandle, actorName, actorEmail, source } = row
  const [status, rollback, startedAt, finishedAt, title, note] = row.kind === 'operation' ? [row.status, row.rollback, row.startedAt, row.finishedAt, row.title, row.note] : []
  const [detail, operationId] = row.kind === 'access' ? [row.detail, row.operationId] : []
  return [id, kind, type, status, rollback, at, startedAt, finishedAt, resourceKind, resourceId, resourceHandle, environmentHandle, actorName, actorEmail, source, title, note, detail, operationId]
}
