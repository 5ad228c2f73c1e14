import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { resources } from './resource.ts'
import { environments } from './stack.ts'

/** Where an app's code comes from, in the order in which the sources are tried. */
export type Source = { url: string; credential: string | null }

export const apps = pgTable(
  'apps',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    environmentId: ref('environment_id').notNull().references(() => environments.id),
    handle: text('handle').notNull(),
    /** Credentials are sealed one by one (lib/auth/seal.ts); the rest is plain. */
    sources: jsonb('sources').$type<Source[]>().notNull().default([]),
    ref: text('ref').notNull().default('HEAD'),
    buildCommand: text('build_command'),
    currentReleaseId: ref('current_release_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [
    uniqueIndex('apps_one_handle').on(t.environmentId, t.handle).where(sql`deprovisioned_at is null`),
    index('apps_environment').on(t.environmentId),
  ],
)
