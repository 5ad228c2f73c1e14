import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'

/** Activity that is no operation: sign-ins, secrets shown, containers started again, blocks lifted. */
export const events = pgTable(
  'events',
  {
    id: id(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    kind: text('kind').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: ref('actor_id'),
    actorName: text('actor_name').notNull(),
    actorEmail: text('actor_email'),
    resourceId: ref('resource_id'),
    resourceHandle: text('resource_handle'),
    environmentId: ref('environment_id'),
    appId: ref('app_id'),
    detail: text('detail').notNull().default(''),
  },
  (t) => [index('events_environment').on(t.environmentId, t.id.desc()), index('events_app').on(t.appId, t.id.desc())],
)
