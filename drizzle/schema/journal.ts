import { sql } from 'drizzle-orm'
import { bigint, check, foreignKey, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { operations } from './operation.ts'

/** The write-ahead journal: one row per attempt, committed before the attempt acts. */
export const steps = pgTable(
  'steps',
  {
    operationId: ref('operation_id').notNull(),
    index: integer('index').notNull(),
    direction: text('direction').notNull(),
    attempt: integer('attempt').notNull(),
    name: text('name').notNull(),
    state: text('state').notNull(),
    /** The fence under which it was opened, and the one under which it was closed. */
    fence: bigint('fence', { mode: 'number' }).notNull(),
    closedFence: bigint('closed_fence', { mode: 'number' }),
    /** Of whatever it is about to make. */
    names: jsonb('names').$type<string[]>().notNull().default([]),
    output: jsonb('output').$type<unknown>(),
    error: text('error'),
    /** What it is doing right now, in words: "2 of 3 containers are healthy". */
    progress: text('progress'),
    startedAt: instant('started_at').notNull().default(sql`clock_timestamp()`),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.operationId, t.index, t.direction, t.attempt] }),
    foreignKey({ columns: [t.operationId], foreignColumns: [operations.id] }),
    uniqueIndex('steps_one_open').on(t.operationId).where(sql`state = 'started'`),
    check('steps_direction', sql`direction in ('run', 'compensate')`),
    check('steps_state', sql`state in ('started', 'succeeded', 'failed', 'unknown')`),
    check('steps_closed', sql`(state = 'started') = (finished_at is null)`),
  ],
)

export const logLines = pgTable(
  'log_lines',
  {
    operationId: ref('operation_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: instant('at').notNull(),
    /** Index of the step; null: before, between or after steps. */
    step: integer('step'),
    /** A container's name, or `davit`. */
    source: text('source').notNull(),
    stream: text('stream').notNull(),
    text: text('text').notNull(),
    /** Where in its source the line ended, so that a new owner goes on from there. */
    position: bigint('position', { mode: 'number' }),
  },
  (t) => [primaryKey({ columns: [t.operationId, t.seq] })],
)
