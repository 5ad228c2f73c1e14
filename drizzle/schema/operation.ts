import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, jsonb, pgEnum, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { resources } from './resource.ts'
import { runners } from './runner.ts'

export const operationStatus = pgEnum('operation_status', [
  'queued',
  'running',
  'rolling_back',
  'succeeded',
  'failed',
  'cancelled',
])

/** A step as it was when the operation was recorded, its words as far as they are known; a runner whose code has other steps refuses to go on. */
export type PlannedStep = {
  name: string
  /** What undoing it does, in words; null: there is nothing to undo. */
  undoes: string | null
  /** What undoing it leaves as it is, in words. */
  leaves?: string
  /** Why it has nothing to do, in words. */
  skips?: string
  interruptible: boolean
  pointOfNoReturn: boolean
}

/** What a step did that Davit cannot undo, such as the commands of `before_release`, and what the app itself ran against it. */
export type Lasting = { by: string; did: string[]; answer: { by: string; did: string[] } | null }

export const operations = pgTable(
  'operations',
  {
    id: id(),
    type: text('type').notNull(),
    status: operationStatus('status').notNull().default('queued'),
    /** A sentence without the status: "Deploy storefront at main". */
    title: text('title').notNull(),
    input: jsonb('input').$type<unknown>().notNull(),
    plan: jsonb('plan').$type<PlannedStep[]>().notNull(),

    resourceId: ref('resource_id').notNull().references(() => resources.id),
    resourceKind: text('resource_kind').notNull(),
    resourceHandle: text('resource_handle').notNull(),
    stackId: ref('stack_id'),
    environmentId: ref('environment_id'),
    environmentHandle: text('environment_handle'),
    appId: ref('app_id'),

    actorKind: text('actor_kind').notNull(),
    actorId: ref('actor_id'),
    actorName: text('actor_name').notNull(),
    actorEmail: text('actor_email'),
    source: text('source').notNull(),
    note: text('note'),
    /** From the form: the same key twice is the same operation. */
    requestKey: text('request_key').notNull().unique(),

    rollsBackId: ref('rolls_back_id'),
    retriesId: ref('retries_id'),

    /** Taken although its resource is blocked. */
    passesBlocks: boolean('passes_blocks').notNull().default(false),
    runnerId: uuid('runner_id').references(() => runners.id),
    fence: bigint('fence', { mode: 'number' }).notNull().default(0),
    claims: integer('claims').notNull().default(0),
    /** Name of the step from whose beginning on it only moves forward, once that is known; until then the plan says it. */
    noReturnAt: text('no_return_at'),
    pastReturn: boolean('past_return').notNull().default(false),

    cancelRequestedAt: instant('cancel_requested_at'),
    cancelRequestedBy: text('cancel_requested_by'),

    queuedAt: instant('queued_at').notNull().default(sql`clock_timestamp()`),
    startedAt: instant('started_at'),
    rollbackStartedAt: instant('rollback_started_at'),
    finishedAt: instant('finished_at'),

    /** Why it was rolled back: `error`, `cancelled`, `timeout`, `crashes`. */
    reason: text('reason'),
    rollback: text('rollback'),
    failedStep: text('failed_step'),
    error: text('error'),
    /** What could not be put back, or could not be finished after the point of no return. */
    leftovers: jsonb('leftovers').$type<string[]>().notNull().default([]),
    /** What a rollback found that Davit cannot undo. */
    lasting: jsonb('lasting').$type<Lasting[]>().notNull().default([]),
    releaseNumber: integer('release_number'),
    /** Of a database that it interrupted, as a client saw it. */
    downtimeMs: bigint('downtime_ms', { mode: 'number' }),
    /** What the router had counted for the app when the operation began. */
    trafficBefore: jsonb('traffic_before').$type<{ requests: number; lost: number; maintenance?: number }>(),
    requestsServed: bigint('requests_served', { mode: 'number' }),
    requestsLost: bigint('requests_lost', { mode: 'number' }),
    /** Of those served: by the maintenance page. Null before it was counted. */
    requestsMaintenance: bigint('requests_maintenance', { mode: 'number' }),
    logBytes: bigint('log_bytes', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    index('operations_orphaned').on(t.id).where(sql`status in ('running', 'rolling_back') and runner_id is null`),
    index('operations_of_runner').on(t.runnerId).where(sql`status in ('running', 'rolling_back')`),
    index('operations_open').on(t.id).where(sql`finished_at is null`),
    // Activity walks along these backwards, from the newest id: a stack's along those of its environments, an app's along
    // those of itself and its endpoints. Drizzle's desc() puts nulls last, which is no `order by id desc`.
    // With what the chart counts, so that a member's is read from here and from no row.
    index('operations_environment').on(t.environmentId, t.id, t.queuedAt, t.status),
    index('operations_resource').on(t.resourceId, t.id),
    // What is common is soon found along the ids; an index is for what is rare, and costs nothing with the rest.
    index('operations_rare_type').on(t.type, t.id).where(sql`type not in ('deploy', 'restart', 'scale', 'configure')`),
    index('operations_rare_source').on(t.source, t.id).where(sql`source <> 'dashboard'`),
    // The chart of what went wrong reads nothing else.
    index('operations_wrong').on(t.status, t.id, t.queuedAt).where(sql`status in ('failed', 'cancelled')`),
    // The same for one who may see some environments: what is rare in all of them would be looked for among what others did.
    index('operations_rare_type_of_environment').on(t.environmentId, t.type, t.id).where(sql`type not in ('deploy', 'restart', 'scale', 'configure')`),
    index('operations_rare_source_of_environment').on(t.environmentId, t.source, t.id).where(sql`source <> 'dashboard'`),
    index('operations_wrong_of_environment').on(t.environmentId, t.status, t.id, t.queuedAt).where(sql`status in ('failed', 'cancelled')`),
    index('operations_noted').on(t.environmentId, t.id).where(sql`note is not null`),
    index('operations_incomplete').on(t.id).where(sql`rollback = 'incomplete'`),
    index('operations_actor').on(t.actorId, t.id, t.environmentId).where(sql`actor_id is not null`),
    // The last day of everything; rows lie in the order in which they were queued.
    index('operations_finished').using('brin', t.finishedAt).with({ autosummarize: true }),
    index('operations_ended').on(t.environmentId, t.finishedAt, t.id).where(sql`finished_at is not null`),
    index('operations_rolls_back').on(t.rollsBackId).where(sql`rolls_back_id is not null`),
    index('operations_note').using('gin', sql`to_tsvector('simple', note)`).where(sql`note is not null`),
    check('operations_finished_at', sql`(status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)`),
    check('operations_started_at', sql`started_at is not null or status in ('queued', 'cancelled')`),
    check(
      'operations_rollback',
      sql`case when status in ('failed', 'cancelled') and started_at is not null
          then rollback is not null and rollback in ('complete', 'incomplete') else rollback is null end`,
    ),
    check('operations_rolling_back', sql`status <> 'rolling_back' or (rollback_started_at is not null and reason is not null)`),
    check('operations_reason', sql`reason is null or reason in ('error', 'cancelled', 'timeout', 'crashes')`),
    check('operations_no_return', sql`not past_return or status in ('running', 'succeeded')`),
    check('operations_cancel_kept', sql`not (status = 'succeeded' and cancel_requested_at is not null)`),
    check('operations_ended_has_no_runner', sql`finished_at is null or runner_id is null`),
  ],
)
