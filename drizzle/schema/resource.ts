import { bigint, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'

/** One row per resource that operations hold. It is the lock, and it outlives the resource. */
export const resources = pgTable(
  'resources',
  {
    id: id(),
    kind: text('kind').notNull(),
    handle: text('handle').notNull(),
    stackId: ref('stack_id'),
    environmentId: ref('environment_id'),
    appId: ref('app_id'),
    nextPosition: bigint('next_position', { mode: 'number' }).notNull().default(1),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [index('resources_environment').on(t.environmentId), index('resources_handle').on(t.handle)],
)

/** What resources were called before: what was recorded then goes on showing it. Written by a trigger. */
export const formerHandles = pgTable(
  'former_handles',
  { handle: text('handle').notNull(), resourceId: ref('resource_id').notNull().references(() => resources.id) },
  (t) => [primaryKey({ columns: [t.handle, t.resourceId] })],
)
