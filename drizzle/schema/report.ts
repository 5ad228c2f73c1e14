import { bigint, customType, date, integer, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { operations } from './operation.ts'
import { resources } from './resource.ts'

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/**
 * One environment's ended operations over one week, sealed. It begins where the one before it ended, so that
 * nothing falls between two. The environment is a resource's id: reports outlive it. Never changed (triggers).
 */
export const reports = pgTable(
  'reports',
  {
    id: id(),
    environmentId: ref('environment_id').notNull().references(() => resources.id),
    environmentHandle: text('environment_handle').notNull(),
    /** The Monday it began on, in UTC. */
    week: date('week', { mode: 'string' }).notNull(),
    /** 1; another part only when something ended after the report of a deprovisioned environment's last week. */
    part: integer('part').notNull(),
    /** It holds what ended from `since` on and before `until`. */
    since: instant('since').notNull(),
    until: instant('until').notNull(),
    rows: integer('rows').notNull(),
    failures: integer('failures').notNull(),
    rollbacks: integer('rollbacks').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    compressedBytes: bigint('compressed_bytes', { mode: 'number' }).notNull(),
    sealBefore: text('seal_before').notNull(),
    seal: text('seal').notNull(),
    operationId: ref('operation_id').notNull().references(() => operations.id).unique(),
    /** Over all that is kept of it, after the one of the report that was kept before it here. Null: an older Davit made it. */
    recordSealBefore: text('record_seal_before'),
    recordSeal: text('record_seal'),
    madeAt: instant('made_at').notNull().defaultNow(),
  },
  (t) => [unique('reports_once').on(t.environmentId, t.week, t.part), unique('reports_one_after_another').on(t.environmentId, t.since)],
)

/** Its CSV, compressed: all chunks in order are one gzip file. */
export const reportChunks = pgTable(
  'report_chunks',
  {
    /** The operation that made the report: chunks are written before there is one. */
    operationId: ref('operation_id').notNull().references(() => operations.id),
    seq: integer('seq').notNull(),
    bytes: bytes('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.operationId, t.seq] })],
)

/**
 * Up to when an environment's time is closed: no operation in it ends before that any more (trigger). Without a
 * foreign key, whose check would wait for the resource while the closing is what its holder waits for.
 */
export const reportBounds = pgTable('report_bounds', {
  environmentId: ref('environment_id').primaryKey(),
  closedUntil: instant('closed_until').notNull(),
})

/** What the last verification found of each report. */
export const reportChecks = pgTable('report_checks', {
  reportId: ref('report_id').primaryKey().references(() => reports.id),
  checkedAt: instant('checked_at').notNull(),
  /** Null: it is as it was sealed. */
  problem: text('problem'),
})
