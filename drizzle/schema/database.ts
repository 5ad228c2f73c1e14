import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { operations } from './operation.ts'
import { resources } from './resource.ts'
import { environments } from './stack.ts'

/** What its containers are started from: a database stays with its major version's programs. */
export type DatabaseImage = { id: string; version: string }

export const databases = pgTable(
  'databases',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    environmentId: ref('environment_id').notNull().references(() => environments.id),
    handle: text('handle').notNull(),
    /** A line of lib/database/types/index.ts. */
    type: text('type').notNull(),
    /** As it was asked for: a major version such as `18`. */
    version: text('version').notNull(),
    image: jsonb('image').$type<DatabaseImage>().notNull(),
    place: text('place').notNull(),
    memoryMb: integer('memory_mb').notNull(),
    volumeMb: integer('volume_mb').notNull(),
    /** What drivers know the volume in force by. */
    volume: text('volume').notNull(),
    /** Of Davit's own account and of the one that is given out: one sealed JSON object, as its type makes it. */
    credentials: text('credentials').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [
    uniqueIndex('databases_one_handle').on(t.environmentId, t.handle).where(sql`deprovisioned_at is null`),
    index('databases_environment').on(t.environmentId),
  ],
)

/** A copy of what a database held, on a volume of its own, with all that is needed to bring it back once the database is gone. */
export const backups = pgTable(
  'backups',
  {
    /** A resource: whoever restores it or purges it holds it. */
    id: ref('id').primaryKey().references(() => resources.id),
    databaseId: ref('database_id').notNull().references(() => databases.id),
    environmentId: ref('environment_id').notNull().references(() => environments.id),
    operationId: ref('operation_id').notNull().references(() => operations.id),
    type: text('type').notNull(),
    version: text('version').notNull(),
    image: jsonb('image').$type<DatabaseImage>().notNull(),
    memoryMb: integer('memory_mb').notNull(),
    volumeMb: integer('volume_mb').notNull(),
    credentials: text('credentials').notNull(),
    place: text('place').notNull(),
    volume: text('volume').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** Made by the deprovision of its database. */
    final: boolean('final').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
    purgedAt: instant('purged_at'),
  },
  (t) => [index('backups_database').on(t.databaseId, t.id)],
)

/** What the probe of an operation on a database has felt so far. Frozen on the operation when it ends. */
export const downtimes = pgTable('downtimes', {
  operationId: ref('operation_id').primaryKey().references(() => operations.id),
  /** What was planned, in milliseconds. */
  budgetMs: integer('budget_ms').notNull(),
  /** The longest time between two answers, in milliseconds. */
  longestMs: integer('longest_ms').notNull().default(0),
  /** Nobody asked for a part of that time: it may have been shorter. */
  atMost: boolean('at_most').notNull().default(false),
  answeredAt: instant('answered_at').notNull(),
})
