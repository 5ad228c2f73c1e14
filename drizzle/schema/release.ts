import { integer, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { apps } from './app.ts'
import { id, instant, ref } from './columns.ts'

/** Immutable. The values are one sealed JSON object; `plain` names those that need not be hidden. */
export const configurations = pgTable('configurations', {
  id: id(),
  appId: ref('app_id').notNull().references(() => apps.id),
  operationId: ref('operation_id'),
  names: jsonb('names').$type<string[]>().notNull(),
  plain: jsonb('plain').$type<string[]>().notNull().default([]),
  /** Variables that are connection URLs, and the databases they lead to. */
  links: jsonb('links').$type<Record<string, number>>().notNull().default({}),
  sealed: text('sealed').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
})

export type ImageRow = {
  /** What the driver knows it by. */
  id: string
  /** The commit (local) or digest (docker) it was made from. */
  version: string
  /** What the user asked for: a branch, tag, commit or image name. */
  ref: string
  /** What built it, so that the same can be built again. */
  buildCommand: string | null
}

export type Formation = Record<string, number>

/** What one container of a service may take at most; what is absent has no limit. */
export type Limits = { memoryMb?: number; cpus?: number }

/** `limits` are nothing that an app declares of itself: whoever scales it sets them, and they go on from release to release. */
export type ServiceRow = { command: string; overlap: boolean; uptimeSeconds: number; stopSeconds: number; port: boolean; limits?: Limits }

/** What the app declares about itself in Procfile and davit.yml; lib/release/manifest.ts parses it. */
export type ManifestRow = {
  services: Record<string, ServiceRow>
  beforeRelease: string[]
  afterRollback: string[]
  drainSeconds: number
}

/** Immutable but for `discardedAt`: set when the operation that made it was rolled back. */
export const releases = pgTable(
  'releases',
  {
    id: id(),
    appId: ref('app_id').notNull().references(() => apps.id),
    number: integer('number').notNull(),
    operationId: ref('operation_id').notNull(),
    /** The release that was current when this one was made; where a rollback of its operation leads back to. */
    formerId: ref('former_id'),
    strategy: text('strategy').notNull(),
    image: jsonb('image').$type<ImageRow>().notNull(),
    manifest: jsonb('manifest').$type<ManifestRow>().notNull(),
    configurationId: ref('configuration_id').notNull().references(() => configurations.id),
    formation: jsonb('formation').$type<Formation>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    discardedAt: instant('discarded_at'),
  },
  (t) => [unique('releases_one_number').on(t.appId, t.number), unique('releases_one_per_operation').on(t.operationId)],
)
