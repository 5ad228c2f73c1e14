import { jsonb, pgTable, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** One row: who this installation is. Its id is on every outside object we make. */
export const installation = pgTable('installation', {
  id: uuid('id').primaryKey().defaultRandom(),
  createdAt: instant('created_at').notNull().defaultNow(),
  /** Since when the db is known to have gone back in time; until an owner confirms, the sweep removes nothing. */
  mistrustedAt: instant('mistrusted_at'),
  /** What the sweep would remove. */
  unowned: jsonb('unowned').$type<string[]>().notNull().default([]),
})
