import { sql } from '../db/client.ts'

/** Frozen on the operation when it was recorded and when it ended, so that the same rows give the same bytes at any time. */
export const columns = [
  'operation_id', 'type', 'status', 'rollback', 'resource_type', 'resource_id', 'resource_handle', 'environment', 'actor_name', 'actor_email',
  'source', 'note', 'queued_at', 'started_at', 'finished_at', 'duration_seconds', 'queue_seconds', 'cancelled_by', 'cancel_requested_at',
  'rolls_back_operation_id', 'release', 'downtime_ms', 'requests_served', 'requests_lost', 'failed_step', 'error',
] as const

export const header = Buffer.from(`${columns.join(',')}\r\n`)

const pageRows = 4000
/** Postgres forms rows while they are hashed and compressed here; more than this many at once only cost memory. */
const pagesAhead = 3

export interface Span {
  environmentId: number
  since: Date
  /** Null: all there is now. */
  until: Date | null
}

export interface Page {
  csv: Buffer
  rows: number
  failures: number
  rollbacks: number
}

/** Text is always quoted; what a spreadsheet might take for a formula gets an apostrophe, and so does an apostrophe, so that it can be undone. */
function text(column: string) {
  const name = sql(column)
  return sql`coalesce('"' || case when ascii(${name}) in (9, 10, 13, 39, 43, 45, 61, 64) then '''' else '' end || replace(${name}, '"', '""') || '"', '')`
}

/** By way of JSON, whose instants depend on no setting of the session and cost a fifth of to_char's. */
const instant = (column: string) => sql`coalesce(btrim(to_json(${sql(column)} at time zone 'UTC')::text, '"') || 'Z', '')`
const plain = (column: string) => sql`coalesce(${sql(column)}::text, '')`

/** Postgres forms the lines: ten times the speed of forming them here. In the order of `columns`. */
function line() {
  const cells = [
    ...['id', 'type', 'status', 'rollback', 'resource_kind', 'resource_id'].map(plain),
    ...['resource_handle', 'environment_handle', 'actor_name', 'actor_email', 'source', 'note'].map(text),
    ...['queued_at', 'started_at', 'finished_at'].map(instant),
    sql`coalesce(extract(epoch from finished_at - started_at)::text, '')`,
    // One that was cancelled before it began waited until then.
    sql`extract(epoch from coalesce(started_at, finished_at) - queued_at)::text`,
    text('cancel_requested_by'),
    instant('cancel_requested_at'),
    ...['rolls_back_id', 'release_number', 'downtime_ms', 'requests_served', 'requests_lost'].map(plain),
    ...['failed_step', 'error'].map(text),
  ]
  return cells.reduce((before, cell) => sql`${before} || ',' || ${cell}`)
}

type Cursor = { at: string; id: string }

/** Those of the span that come after a cursor, whose instant is text: a Date would lose the microseconds. The order names the table, for a bare name would be what is selected under it. */
function following({ environmentId, since, until }: Span, { at, id }: Cursor) {
  return sql`from operations
    where environment_id = ${environmentId} and finished_at is not null and finished_at >= ${since.toISOString()}::timestamptz
      and finished_at < ${until?.toISOString() ?? 'infinity'}::timestamptz and (finished_at, id) > (${at}::timestamptz, ${id}::bigint)
    order by operations.finished_at, operations.id`
}

async function readPage(span: Span, after: Cursor): Promise<Page> {
  // The aggregate takes the rows in the order of the sorted subquery: nothing stands between them.
  const [row] = await sql`
    select string_agg(line, '') as csv, count(*) as rows, count(*) filter (where failed) as failures, count(*) filter (where rolled) as rollbacks
    from (select ${line()} || E'\r\n' as line, status = 'failed' as failed, rollback is not null or rolls_back_id is not null as rolled
      ${following(span, after)} limit ${pageRows}) page`.raw()
  const [csv, ...counts] = row as unknown as (Buffer | null)[]
  const [rows, failures, rollbacks] = counts.map((count) => Number(String(count)))
  return { csv: csv ?? Buffer.alloc(0), rows: rows!, failures: failures!, rollbacks: rollbacks! }
}

async function endOfPage(span: Span, after: Cursor): Promise<Cursor | null> {
  const [last] = await sql<Cursor[]>`select finished_at::text as at, id::text as id ${following(span, after)} offset ${pageRows - 1} limit 1`
  return last ?? null
}

/**
 * What ended in a span of an environment's time, as CSV without the header, page by page in the order of its end.
 * It reads a few pages ahead and holds no connection in between; memory does not grow with the number of rows.
 */
export async function* csvPages(span: Span): AsyncGenerator<Page> {
  const ahead: Promise<Page>[] = []
  let cursor: Cursor | null = { at: '-infinity', id: '0' }
  try {
    while (cursor || ahead.length > 0) {
      while (cursor && ahead.length < pagesAhead) {
        const page = readPage(span, cursor)
        // It is awaited in its turn; an error before that must not be called unhandled.
        page.catch(() => {})
        ahead.push(page)
        cursor = await endOfPage(span, cursor)
      }
      const page = await ahead.shift()!
      if (page.rows > 0) yield page
    }
  } finally {
    await Promise.allSettled(ahead)
  }
}
