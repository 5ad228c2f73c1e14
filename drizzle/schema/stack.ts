import { sql } from 'drizzle-orm'
import { jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { resources } from './resource.ts'

export const stacks = pgTable(
  'stacks',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    handle: text('handle').notNull(),
    driver: text('driver').notNull(),
    settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
    strategy: text('strategy').notNull().default('bluegreen'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [uniqueIndex('stacks_one_handle').on(t.handle).where(sql`deprovisioned_at is null`)],
)

export const environments = pgTable(
  'environments',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    stackId: ref('stack_id').notNull().references(() => stacks.id),
    handle: text('handle').notNull(),
    /** Null: the stack's. */
    strategy: text('strategy'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [uniqueIndex('environments_one_handle').on(t.handle).where(sql`deprovisioned_at is null`)],
)
