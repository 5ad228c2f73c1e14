import { sql } from 'drizzle-orm'
import { check, index, integer, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { releases } from './release.ts'
import { resources } from './resource.ts'

/**
 * `new` belongs to a running operation, `wanted` is kept running by the sweep,
 * `unwanted` is being stopped or is gone.
 */
export const containerPhase = pgEnum('container_phase', ['new', 'wanted', 'unwanted'])

export const containerSeen = pgEnum('container_seen', ['running', 'ended', 'gone'])

export const containers = pgTable(
  'containers',
  {
    /** Made from (installation, operation, step, index); the driver knows it by this name. */
    name: text('name').primaryKey(),
    /** The app or database it belongs to. */
    ownerId: ref('owner_id').notNull().references(() => resources.id),
    /** An app's service, or what a throw-away container is for; of a database its type. */
    service: text('service').notNull(),
    /** Null: a database's. */
    releaseId: ref('release_id').references(() => releases.id),
    operationId: ref('operation_id').notNull(),
    place: text('place').notNull(),
    host: text('host'),
    port: integer('port'),
    phase: containerPhase('phase').notNull().default('new'),
    restarts: integer('restarts').notNull().default(0),
    /** Without having stayed up in between; what the back-off grows with. */
    restartsInARow: integer('restarts_in_a_row').notNull().default(0),
    /** What was last seen of it, since when; null: nobody has looked yet. */
    seen: containerSeen('seen'),
    /** Null also of one that ended and left none. */
    seenExitCode: integer('seen_exit_code'),
    seenAt: instant('seen_at'),
    /** Another start was announced then and is not recorded yet, whether or not it came about. */
    startingAt: instant('starting_at'),
    /** Why the last one did not come about, until one does. */
    startRefusal: text('start_refusal'),
    nextStartAt: instant('next_start_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    stoppedAt: instant('stopped_at'),
  },
  (t) => [
    index('containers_owner').on(t.ownerId),
    index('containers_live').on(t.phase).where(sql`phase <> 'unwanted'`),
    check('containers_exit_code', sql`seen_exit_code is null or seen = 'ended'`),
    check('containers_start_refusal', sql`start_refusal is null or starting_at is not null`),
  ],
)
