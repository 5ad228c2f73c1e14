import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { apps } from './app.ts'
import { instant, ref } from './columns.ts'
import { resources } from './resource.ts'

export type HealthRow = { path: string; strict: boolean; limitSeconds: number }

export const endpoints = pgTable(
  'endpoints',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    appId: ref('app_id').notNull().references(() => apps.id),
    service: text('service').notNull(),
    /** One of the two: a host name on the router's port, or a port of its own. */
    host: text('host'),
    port: integer('port'),
    health: jsonb('health').$type<HealthRow>().notNull(),
    maintenancePage: text('maintenance_page'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [
    uniqueIndex('endpoints_one_host').on(t.host).where(sql`deprovisioned_at is null`),
    uniqueIndex('endpoints_one_port').on(t.port).where(sql`deprovisioned_at is null`),
    index('endpoints_app').on(t.appId),
    check('endpoints_one_address', sql`(host is null) <> (port is null)`),
  ],
)

/** One row: every table the router gets is built from the db while this row is locked. */
export const routerTable = pgTable('router_table', {
  id: integer('id').primaryKey().default(1),
  generation: bigint('generation', { mode: 'number' }).notNull().default(0),
})
