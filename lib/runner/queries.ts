import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { downtimes } from '#drizzle/schema/database.ts'
import { blocks } from '#drizzle/schema/hold.ts'
import { steps } from '#drizzle/schema/journal.ts'
import { operations, type PlannedStep } from '#drizzle/schema/operation.ts'
import { releases } from '#drizzle/schema/release.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { runners } from '#drizzle/schema/runner.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'

export type OperationRow = typeof operations.$inferSelect
export type OperationLink = Pick<OperationRow, 'id' | 'title' | 'status' | 'rollback'>
export type StepSnapshot = {
  index: number
  direction: 'run' | 'compensate'
  attempt: number
  name: string
  state: 'started' | 'succeeded' | 'failed' | 'unknown'
  error: string | null
  progress: string | null
  startedAt: string
  finishedAt: string | null
}

/** What the operation page knows; JSON as it is, so that page and route give the same. */
export type OperationSnapshot = Awaited<ReturnType<typeof findOperation>>

export async function findOperation(actor: Actor, id: number) {
  const [row] = await db.select().from(operations).where(eq(operations.id, id))
  if (!row) throw nothingHere()
  allowOne(actor, 'read', row.environmentId)
  const [journal, usual, queue, standing, links, app, runners, lifted, releaseDiscarded, downtime] = await Promise.all([
    listSteps(id),
    usualMs(row),
    row.status === 'queued' ? readQueue(id) : { ahead: [], place: 0 },
    listBlocks(id),
    listLinks(row),
    row.resourceKind === 'app' ? null : lookUpApp(row.appId),
    row.finishedAt ? null : countRunners(),
    row.rollback === 'incomplete' ? listLifted(id) : [],
    row.releaseNumber !== null && row.rollbackStartedAt !== null && isDiscarded(id),
    row.resourceKind === 'database' ? lookUpDowntime(row) : null,
  ])
  return { ...shown(row), now: new Date().toISOString(), steps: journal, usual, queue, blocks: standing, links, app, runnerless: runners === 0, lifted, releaseDiscarded, downtime }
}

/** Whether the release that it made was taken out of use again. */
async function isDiscarded(operationId: number): Promise<boolean> {
  return (await db.$count(releases, and(eq(releases.operationId, operationId), isNotNull(releases.discardedAt)))) > 0
}

/** What a client has felt so far, or did feel, beside what was planned; in milliseconds. */
async function lookUpDowntime({ id, finishedAt, downtimeMs }: OperationRow): Promise<{ ms: number; atMost: boolean; budgetMs: number } | null> {
  const [felt] = await db.select().from(downtimes).where(eq(downtimes.operationId, id))
  const ms = finishedAt ? downtimeMs : (felt?.longestMs ?? null)
  return felt && ms !== null ? { ms, atMost: felt.atMost, budgetMs: felt.budgetMs } : null
}

/** Instants as text; the input stays here, for it may hold what not everybody may see. */
function shown(row: OperationRow) {
  const { input: _input, plan, leftovers, requestKey: _key, trafficBefore: _before, downtimeMs: _downtime, runnerId: _runner, fence: _fence, ...rest } = row
  return {
    ...rest,
    plan: settledPlan(plan, row.noReturnAt),
    leftovers,
    queuedAt: row.queuedAt.toISOString(),
    startedAt: text(row.startedAt),
    rollbackStartedAt: text(row.rollbackStartedAt),
    finishedAt: text(row.finishedAt),
    cancelRequestedAt: text(row.cancelRequestedAt),
  }
}

/** Where the point of no return lies depends on the app and the strategy; once that is known it is no longer the plan's guess. */
function settledPlan(plan: PlannedStep[], noReturnAt: string | null): PlannedStep[] {
  return noReturnAt === null ? plan : plan.map((step) => ({ ...step, pointOfNoReturn: step.name === noReturnAt }))
}

const text = (at: Date | null) => at?.toISOString() ?? null

/** The last attempt of each step in each direction, in the order in which they began. */
async function listSteps(operationId: number): Promise<StepSnapshot[]> {
  const rows = await db
    .selectDistinctOn([steps.index, steps.direction], {
      index: steps.index,
      direction: steps.direction,
      attempt: steps.attempt,
      name: steps.name,
      state: steps.state,
      error: steps.error,
      progress: steps.progress,
      startedAt: steps.startedAt,
      finishedAt: steps.finishedAt,
    })
    .from(steps)
    .where(eq(steps.operationId, operationId))
    .orderBy(steps.index, steps.direction, desc(steps.attempt))
  return rows
    .toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
    .map((row) => ({ ...row, startedAt: row.startedAt.toISOString(), finishedAt: text(row.finishedAt) }) as StepSnapshot)
}

const usualOf = 20
/** So many are looked through for them. */
const usualAmong = 100

/** The median of the last twenty before it that succeeded and skipped the same steps: on the same resource where there are any, else of the type. */
async function usualMs(row: OperationRow): Promise<{ ms: number; of: number; same: 'resource' | 'type' } | null> {
  const skipped = row.plan.flatMap(({ skips }) => skips ?? [])
  for (const same of ['resource', 'type'] as const) {
    const narrower = same === 'resource' ? eq(operations.resourceId, row.resourceId) : eq(operations.resourceKind, row.resourceKind)
    const earlier = db
      .select({ id: operations.id, ms: sql<number>`extract(epoch from finished_at - started_at) * 1000`.as('ms'), skipped: sql`jsonb_path_query_array(plan, '$[*].skips')`.as('skipped') })
      .from(operations)
      .where(and(eq(operations.type, row.type), narrower, eq(operations.status, 'succeeded'), lt(operations.id, row.id)))
      .orderBy(desc(operations.id))
      .limit(usualAmong)
      .as('earlier')
    const last = db.select({ ms: earlier.ms }).from(earlier).where(sql`skipped = ${JSON.stringify(skipped)}::jsonb`).orderBy(desc(earlier.id)).limit(usualOf).as('last')
    const [found] = await db.select({ ms: sql<number | null>`percentile_cont(0.5) within group (order by ms)`, of: sql<number>`count(*)::int` }).from(last)
    if (found?.ms != null) return { ms: Number(found.ms), of: found.of, same }
  }
  return null
}

/** Those that hold, or wait before it for, what it waits for; two shared holds do not wait for each other. */
async function readQueue(operationId: number) {
  const rows = await db.execute<{ id: number; title: string; status: OperationRow['status']; resource_handle: string }>(sql`
    select distinct o.id::int, o.title, o.status, o.resource_handle
    from holds mine
    join holds theirs on theirs.resource_id = mine.resource_id and theirs.operation_id <> mine.operation_id
      and theirs.state <> 'released' and theirs.position < mine.position
      and (theirs.mode = 'exclusive' or mine.mode = 'exclusive')
    join operations o on o.id = theirs.operation_id
    where mine.operation_id = ${operationId} and mine.state <> 'released'
    order by 1 limit 200`)
  const ahead = [...rows].map((row) => ({ id: Number(row.id), title: row.title, status: row.status, handle: row.resource_handle }))
  return { ahead, place: ahead.length + 1 }
}

/** Blocks that it left, and those that it waits behind. */
async function listBlocks(operationId: number) {
  const rows = await db
    .select({ id: blocks.id, operationId: blocks.operationId, resourceId: blocks.resourceId, handle: resources.handle, kind: resources.kind })
    .from(blocks)
    .innerJoin(resources, eq(resources.id, blocks.resourceId))
    .where(
      and(
        isNull(blocks.liftedAt),
        or(
          eq(blocks.operationId, operationId),
          sql`${blocks.resourceId} in (select resource_id from holds where operation_id = ${operationId} and state = 'waiting')`,
        ),
      ),
    )
    .orderBy(asc(blocks.id))
  return rows
}

/** Blocks that it left and that are no more: who lifted them, when and why. */
async function listLifted(operationId: number) {
  const rows = await db
    .select({ id: blocks.id, handle: resources.handle, at: blocks.liftedAt, by: blocks.liftedBy, reason: blocks.liftedReason })
    .from(blocks)
    .innerJoin(resources, eq(resources.id, blocks.resourceId))
    .where(and(eq(blocks.operationId, operationId), isNotNull(blocks.liftedAt)))
    .orderBy(asc(blocks.id))
  return rows.map((row) => ({ ...row, at: row.at!.toISOString() }))
}

/** What the app is called now: a link leads to it. */
async function lookUpApp(appId: number | null): Promise<{ id: number; handle: string } | null> {
  if (appId === null) return null
  const [app] = await db.select({ id: resources.id, handle: resources.handle }).from(resources).where(eq(resources.id, appId))
  return app ?? null
}

async function listLinks(row: OperationRow) {
  const link = { id: operations.id, title: operations.title, status: operations.status, rollback: operations.rollback }
  const known = [row.rollsBackId, row.retriesId].filter((id) => id !== null)
  const [before, rolledBackBy, retriedBy] = await Promise.all([
    known.length ? db.select({ ...link, leftovers: operations.leftovers }).from(operations).where(inArray(operations.id, known)) : [],
    db.select(link).from(operations).where(eq(operations.rollsBackId, row.id)).orderBy(asc(operations.id)),
    row.rollback === 'incomplete'
      ? db.select(link).from(operations).where(and(eq(operations.resourceId, row.resourceId), eq(operations.retriesId, row.id))).orderBy(asc(operations.id))
      : [],
  ])
  return {
    rollsBack: before.find(({ id }) => id === row.rollsBackId) ?? null,
    retries: before.find(({ id }) => id === row.retriesId) ?? null,
    rolledBackBy,
    retriedBy,
  }
}

/** `ok` once the db answers; a runner whose lease has run out is said, but the dashboard still serves. */
export async function readHealth() {
  try {
    const alive = await countRunners()
    return { status: 'ok' as const, runners: alive, runner: alive > 0 ? 'ok' : 'none is alive: operations are recorded and wait' }
  } catch {
    return { status: 'unavailable' as const, reason: 'the db does not answer' }
  }
}

/** Those whose lease holds; for reads that have asked whether the actor may see what waits for one. */
export async function countRunners(): Promise<number> {
  return await db.$count(runners, and(inArray(runners.state, ['live', 'draining']), sql`${runners.leaseExpiresAt} > clock_timestamp()`))
}
