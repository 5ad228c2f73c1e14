import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

const id = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()
const ref = (name: string) => bigint(name, { mode: 'number' })
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** One row: who this installation is. Its id is on every outside object we make. */
export const installation = pgTable('installation', {
  id: uuid('id').primaryKey().defaultRandom(),
  createdAt: instant('created_at').notNull().defaultNow(),
  /** Since when the db is known to have gone back in time; until an owner confirms, the sweep removes nothing. */
  mistrustedAt: instant('mistrusted_at'),
  /** What the sweep would remove. */
  unowned: jsonb('unowned').$type<string[]>().notNull().default([]),
})



export const users = pgTable('users', {
  id: id(),
  email: text('email').notNull().unique(),
  name: text('name').notNull(),
  passwordHash: text('password_hash').notNull(),
  owner: boolean('owner').notNull().default(false),
  createdAt: instant('created_at').notNull().defaultNow(),
})

export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: ref('user_id').notNull().references(() => users.id),
  createdAt: instant('created_at').notNull().defaultNow(),
  expiresAt: instant('expires_at').notNull(),
  endedAt: instant('ended_at'),
})



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

export const stacks = pgTable(
  'stacks',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    handle: text('handle').notNull(),
    driver: text('driver').notNull(),
    settings: jsonb('settings').$type<Record<string, unknown>>().notNull().default({}),
    strategy: text('strategy').notNull().default('bluegreen'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [uniqueIndex('stacks_one_handle').on(t.handle).where(sql`deprovisioned_at is null`)],
)

export const environments = pgTable(
  'environments',
  {
    id: ref('id').primaryKey().references(() => resources.id),
    stackId: ref('stack_id').notNull().references(() => stacks.id),
    handle: text('handle').notNull(),
    /** Null: the stack's. */
    strategy: text('strategy'),
    createdAt: instant('created_at').notNull().defaultNow(),
    deprovisionedAt: instant('deprovisioned_at'),
  },
  (t) => [uniqueIndex('environments_one_handle').on(t.handle).where(sql`deprovisioned_at is null`)],
)

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

/** Immutable. The values are one sealed JSON object; `plain` names those that need not be hidden. */
export const configurations = pgTable('configurations', {
  id: id(),
  appId: ref('app_id').notNull().references(() => apps.id),
  operationId: ref('operation_id'),
  names: jsonb('names').$type<string[]>().notNull(),
  plain: jsonb('plain').$type<string[]>().notNull().default([]),
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

export type ServiceRow = { command: string; overlap: boolean; uptimeSeconds: number; stopSeconds: number; port: boolean }

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

/**
 * `new` belongs to a running operation, `wanted` is kept running by the sweep,
 * `unwanted` is being stopped or is gone.
 */
export const containerPhase = pgEnum('container_phase', ['new', 'wanted', 'unwanted'])

export const containers = pgTable(
  'containers',
  {
    /** Made from (installation, operation, step, index); the driver knows it by this name. */
    name: text('name').primaryKey(),
    appId: ref('app_id').notNull().references(() => apps.id),
    service: text('service').notNull(),
    releaseId: ref('release_id').notNull().references(() => releases.id),
    operationId: ref('operation_id').notNull(),
    place: text('place').notNull(),
    host: text('host'),
    port: integer('port'),
    phase: containerPhase('phase').notNull().default('new'),
    restarts: integer('restarts').notNull().default(0),
    /** Without having stayed up in between; what the back-off grows with. */
    restartsInARow: integer('restarts_in_a_row').notNull().default(0),
    /** What was last seen of it, in words, with the instant. */
    seen: text('seen'),
    seenAt: instant('seen_at'),
    nextStartAt: instant('next_start_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    stoppedAt: instant('stopped_at'),
  },
  (t) => [index('containers_app').on(t.appId), index('containers_live').on(t.phase).where(sql`phase <> 'unwanted'`)],
)

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



export const operationStatus = pgEnum('operation_status', [
  'queued',
  'running',
  'rolling_back',
  'succeeded',
  'failed',
  'cancelled',
])

/** A step as it was when the operation was recorded; a runner whose code differs refuses to go on. */
export type PlannedStep = {
  name: string
  /** What undoing it does, in words; null: there is nothing to undo. */
  undoes: string | null
  interruptible: boolean
  pointOfNoReturn: boolean
}

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
    /** Every hold has been granted: it may be claimed. */
    ready: boolean('ready').notNull().default(false),
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
    releaseNumber: integer('release_number'),
    requestsServed: bigint('requests_served', { mode: 'number' }),
    requestsLost: bigint('requests_lost', { mode: 'number' }),
    logBytes: bigint('log_bytes', { mode: 'number' }).notNull().default(0),
  },
  (t) => [
    index('operations_ready').on(t.id).where(sql`status = 'queued' and ready`),
    index('operations_orphaned').on(t.id).where(sql`status in ('running', 'rolling_back') and runner_id is null`),
    index('operations_of_runner').on(t.runnerId).where(sql`status in ('running', 'rolling_back')`),
    index('operations_open').on(t.id).where(sql`finished_at is null`),
    index('operations_environment').on(t.environmentId, t.id.desc()),
    index('operations_resource').on(t.resourceId, t.id.desc()),
    index('operations_app').on(t.appId, t.id.desc()),
    index('operations_stack').on(t.stackId, t.id.desc()),
    index('operations_type').on(t.type, t.id.desc()),
    index('operations_finished').on(t.finishedAt),
    index('operations_rolls_back').on(t.rollsBackId).where(sql`rolls_back_id is not null`),
    index('operations_note').using('gin', sql`to_tsvector('simple', coalesce(note, ''))`),
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

/**
 * Which resources an operation holds. Positions are given under the resource's row lock, so their
 * order is the order in which operations were committed. The database, not the code, refuses two
 * conflicting holds (exclusion constraint in the migration: `slots` overlap, `state = 'held'`).
 */
export const holds = pgTable(
  'holds',
  {
    operationId: ref('operation_id').notNull().references(() => operations.id),
    resourceId: ref('resource_id').notNull().references(() => resources.id),
    mode: text('mode').notNull(),
    position: bigint('position', { mode: 'number' }).notNull(),
    state: text('state').notNull().default('waiting'),
  },
  (t) => [
    primaryKey({ columns: [t.operationId, t.resourceId] }),
    index('holds_open').on(t.resourceId, t.position).where(sql`state <> 'released'`),
    check('holds_mode', sql`mode in ('exclusive', 'shared')`),
    check('holds_state', sql`state in ('waiting', 'held', 'released')`),
  ],
)

/** A resource that takes no further operation until the row is lifted. */
export const blocks = pgTable(
  'blocks',
  {
    id: id(),
    resourceId: ref('resource_id').notNull().references(() => resources.id),
    operationId: ref('operation_id').notNull().references(() => operations.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    liftedAt: instant('lifted_at'),
    liftedBy: text('lifted_by'),
    liftedReason: text('lifted_reason'),
  },
  (t) => [
    unique('blocks_once').on(t.resourceId, t.operationId),
    index('blocks_standing').on(t.resourceId).where(sql`lifted_at is null`),
  ],
)

/** The write-ahead journal: one row per attempt, committed before the attempt acts. */
export const steps = pgTable(
  'steps',
  {
    operationId: ref('operation_id').notNull(),
    index: integer('index').notNull(),
    direction: text('direction').notNull(),
    attempt: integer('attempt').notNull(),
    name: text('name').notNull(),
    state: text('state').notNull(),
    /** The fence under which it was opened, and the one under which it was closed. */
    fence: bigint('fence', { mode: 'number' }).notNull(),
    closedFence: bigint('closed_fence', { mode: 'number' }),
    /** Of whatever it is about to make. */
    names: jsonb('names').$type<string[]>().notNull().default([]),
    output: jsonb('output').$type<unknown>(),
    error: text('error'),
    /** What it is doing right now, in words: "2 of 3 containers are healthy". */
    progress: text('progress'),
    startedAt: instant('started_at').notNull().default(sql`clock_timestamp()`),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.operationId, t.index, t.direction, t.attempt] }),
    foreignKey({ columns: [t.operationId], foreignColumns: [operations.id] }),
    uniqueIndex('steps_one_open').on(t.operationId).where(sql`state = 'started'`),
    check('steps_direction', sql`direction in ('run', 'compensate')`),
    check('steps_state', sql`state in ('started', 'succeeded', 'failed', 'unknown')`),
    check('steps_closed', sql`(state = 'started') = (finished_at is null)`),
  ],
)

export const logLines = pgTable(
  'log_lines',
  {
    operationId: ref('operation_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: instant('at').notNull(),
    /** Index of the step; null: before, between or after steps. */
    step: integer('step'),
    /** A container's name, or `davit`. */
    source: text('source').notNull(),
    stream: text('stream').notNull(),
    text: text('text').notNull(),
    /** Where in its source the line ended, so that a new owner goes on from there. */
    position: bigint('position', { mode: 'number' }),
  },
  (t) => [primaryKey({ columns: [t.operationId, t.seq] })],
)

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
