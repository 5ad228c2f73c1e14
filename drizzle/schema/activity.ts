import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'

/** Activity that is no operation: sign-ins, secrets shown, containers started again, blocks lifted. */
export const events = pgTable(
  'events',
  {
    /** From the sequence of operations, so that one number orders both and one keyset pages through both. */
    id: bigint('id', { mode: 'number' }).primaryKey().default(sql`nextval('operations_id_seq')`),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    kind: text('kind').notNull(),
    actorKind: text('actor_kind').notNull(),
    actorId: ref('actor_id'),
    actorName: text('actor_name').notNull(),
    actorEmail: text('actor_email'),
    source: text('source').notNull().default('dashboard'),
    resourceId: ref('resource_id'),
    resourceKind: text('resource_kind'),
    resourceHandle: text('resource_handle'),
    stackId: ref('stack_id'),
    environmentId: ref('environment_id'),
    environmentHandle: text('environment_handle'),
    appId: ref('app_id'),
    operationId: ref('operation_id'),
    detail: text('detail').notNull().default(''),
  },
  (t) => [
    index('events_environment').on(t.environmentId, t.id),
    index('events_resource').on(t.resourceId, t.id),
    // Kinds are few, but some are rare, and a person may do little.
    index('events_kind').on(t.kind, t.id),
    index('events_actor').on(t.actorId, t.id),
    index('events_rare_source').on(t.source, t.id).where(sql`source <> 'dashboard'`),
    index('events_operation').on(t.operationId).where(sql`operation_id is not null`),
  ],
)
