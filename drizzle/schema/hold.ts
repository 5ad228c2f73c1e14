import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, primaryKey, text, unique } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { operations } from './operation.ts'
import { resources } from './resource.ts'

/**
 * Which resources an operation holds. Positions are given under the resource's row lock, so their
 * order is the order in which operations were committed. The database, not the code, refuses two
 * conflicting holds (exclusion constraint in the migration: `slots` overlap, `state = 'held'`).
 */
export const holds = pgTable(
  'holds',
  {
    operationId: ref('operation_id').notNull().references(() => operations.id),
    resourceId: ref('resource_id').notNull().references(() => resources.id),
    mode: text('mode').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    state: text('state').notNull().default('waiting'),
    /** Handles and addresses that the operation has given up and may have to put back: nobody else may take them meanwhile. */
    givesUp: text('gives_up').array().notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.operationId, t.resourceId] }),
    // A queued operation is ready once its holds are held; in order of their operations, these are what a runner looks through.
    index('holds_held').on(t.operationId).where(sql`state = 'held'`),
    index('holds_open').on(t.resourceId, t.position).where(sql`state <> 'released'`),
    index('holds_gives_up').using('gin', t.givesUp).where(sql`gives_up <> '{}'`),
    check('holds_mode', sql`mode in ('exclusive', 'shared')`),
    check('holds_state', sql`state in ('waiting', 'held', 'released')`),
  ],
)

/** A resource that takes no further operation until the row is lifted. */
export const blocks = pgTable(
  'blocks',
  {
    id: id(),
    resourceId: ref('resource_id').notNull().references(() => resources.id),
    operationId: ref('operation_id').notNull().references(() => operations.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    liftedAt: instant('lifted_at'),
    liftedBy: text('lifted_by'),
    liftedReason: text('lifted_reason'),
  },
  (t) => [
    unique('blocks_once').on(t.resourceId, t.operationId),
    index('blocks_standing').on(t.resourceId).where(sql`lifted_at is null`),
  ],
)
