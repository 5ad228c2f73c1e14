import { sql } from 'drizzle-orm'
import { check, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

export const runners = pgTable(
  'runners',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    pid: integer('pid').notNull(),
    state: text('state').notNull(),
    startedAt: instant('started_at').notNull().defaultNow(),
    leaseExpiresAt: instant('lease_expires_at').notNull(),
  },
  () => [check('runners_state', sql`state in ('live', 'draining', 'dead', 'stopped')`)],
)
