import { and, between, desc, eq, gt, isNotNull, isNull, lt, lte, notExists, sql as fragment } from 'drizzle-orm'
import type { z } from 'zod'
import { events } from '#drizzle/schema/activity.ts'
import { containers } from '#drizzle/schema/container.ts'
import { databases, downtimes } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { startedAgain } from '../container/start-again.ts'
import { credentialsOf } from '../database/container.ts'
import { findType } from '../database/types/index.ts'
import { db } from '../db/client.ts'
import { isOutage } from '../db/outage.ts'
import type { Builder, Hands, Step } from '../runner/define.ts'
import { isStale } from '../runner/outage.ts'
import { type Felt, Probe } from './probe.ts'

/** What is planned before there is anything to go by. */
interface Budget {
  usuallyMs: number
  /** Earlier operations of the same type tell only when this is the same of their input. */
  like?: string
}

interface Probing {
  hands: Hands
  probe: Probe
  /** Sees that nobody is asked for ever on behalf of an operation that was taken over, or has ended. */
  watch: NodeJS.Timeout
}

/** Of each operation that this process carries out, by the fence it does so under. */
const probing = new Map<string, Probing>()
const keyOf = ({ operation: { id, fence } }: Hands) => `${id} ${fence}`
/** So many of the same kind are looked at for a budget. */
const EARLIER = 5
const WATCH_MS = 2000

/**
 * Asks the database every 20 ms from before the first step until after the last, or until all is undone, and records
 * the longest time without an answer. It stands below all steps.
 */
export function measureDowntime(budget: Budget) {
  const measuring = (step: Step): Step => {
    const { compensate } = step
    return {
      ...step,
      run: (known, hands) => measured(hands, budget, () => step.run(known, hands)),
      ...(compensate && { compensate: (known, hands) => measured(hands, budget, () => compensate(known, hands)) }),
    }
  }
  return <Schema extends z.ZodType, Known>(before: Builder<Schema, Known>): Builder<Schema, Known> => before.around(measuring, record)
}

/** Answers to Davit's own account are none as long as clients are kept out. */
export function keepClientsOut(hands: Hands, closed: boolean): void {
  probing.get(keyOf(hands))?.probe.keepOut(closed)
}

async function measured<T>(hands: Hands, budget: Budget, work: () => Promise<T> | T): Promise<T> {
  await goOn(hands, budget)
  try {
    return await work()
  } finally {
    // The step before a stop has written when it last answered: nothing is waited for while it does not.
    if (!probing.get(keyOf(hands))?.probe.isSilent) await write(hands)
  }
}

async function goOn(hands: Hands, budget: Budget): Promise<void> {
  const there = probing.get(keyOf(hands))
  if (there) return void (there.hands = hands)
  const ask = await askerOf(hands.operation.resourceId)
  const felt = await takeOver(hands, budget, ask)
  const probe = new Probe(felt, ask, () => void look(hands))
  const watch = setInterval(() => void look(hands), WATCH_MS).unref()
  probing.set(keyOf(hands), { hands, probe, watch })
}

/** What nobody saw counts where the database had been stopped, and from the last answer on: how much of it was silence is not known. */
async function takeOver(hands: Hands, budget: Budget, ask: (signal: AbortSignal) => Promise<void>): Promise<Felt> {
  const { id, resourceId } = hands.operation
  const [row] = await db.select().from(downtimes).where(eq(downtimes.operationId, id))
  const now = { longestMs: row?.longestMs ?? 0, atMost: row?.atMost ?? false, answeredAt: new Date() }
  if (row) {
    const answers = await ask(AbortSignal.timeout(1000)).then(() => true, () => false)
    const unseenSince = row.answeredAt
    return answers && (await servesSince(resourceId, unseenSince)) ? { ...now, unseenSince } : { ...now, answeredAt: unseenSince, unseenSince }
  }
  const budgetMs = await plan(hands, budget)
  await hands.transaction((tx) => tx.insert(downtimes).values({ operationId: id, budgetMs, answeredAt: now.answeredAt }).onConflictDoNothing())
  return now
}

/** The longest of the last ones, but for those of which a runner or the database died, or a part was not seen: nobody plans for that. */
async function plan(hands: Hands, { usuallyMs, like }: Budget): Promise<number> {
  const { id, resourceId } = hands.operation
  const [own] = await db.select({ type: operations.type, input: operations.input }).from(operations).where(eq(operations.id, id))
  const same = like === undefined ? undefined : eq(fragment`${operations.input} ? ${like}`, like in (own!.input as object))
  const died = db
    .select()
    .from(events)
    .where(and(eq(events.resourceId, resourceId), gt(events.id, operations.id), eq(events.kind, startedAgain), between(events.at, operations.startedAt, operations.finishedAt)))
  const earlier = await db
    .select({ ms: operations.downtimeMs })
    .from(operations)
    .innerJoin(downtimes, and(eq(downtimes.operationId, operations.id), eq(downtimes.atMost, false)))
    .where(and(eq(operations.resourceId, resourceId), eq(operations.type, own!.type), eq(operations.status, 'succeeded'), isNotNull(operations.downtimeMs), eq(operations.claims, 1), lt(operations.id, id), same, notExists(died)))
    .orderBy(desc(operations.id))
    .limit(EARLIER)
  return earlier.length === 0 ? usuallyMs : Math.max(...earlier.map(({ ms }) => ms!))
}

/** At the first answer after a silence, so that the next runner knows when this one dies; and now and then. */
async function look(hands: Hands): Promise<void> {
  const { id, fence } = hands.operation
  try {
    const [row] = await db.select({ fence: operations.fence, finishedAt: operations.finishedAt }).from(operations).where(eq(operations.id, id))
    if (row?.fence !== fence || row.finishedAt) return void (await forget(hands))
    await write(hands)
  } catch (error) {
    if (isStale(error)) return void (await forget(hands))
    // Nobody waits for this look: one that falls into an outage is made up for by the next, anything else is told.
    if (!isOutage(error)) hands.log(`What it felt of the database could not be written: ${(error as Error).message}`)
  }
}

async function write(hands: Hands): Promise<void> {
  const there = probing.get(keyOf(hands))
  if (there) await writeFelt(there.hands, there.probe)
}

async function writeFelt(hands: Hands, probe: Probe): Promise<void> {
  await hands.transaction((tx) => tx.update(downtimes).set(probe.felt()).where(eq(downtimes.operationId, hands.operation.id)))
}

/** Where this runner asked nothing any more, what the one before it has written stands. */
async function record(hands: Hands): Promise<void> {
  const { id } = hands.operation
  const there = await forget(hands)
  if (there) await writeFelt(hands, there.probe)
  const [row] = await db.select().from(downtimes).where(eq(downtimes.operationId, id))
  if (!row) return
  await hands.record({ downtimeMs: row.longestMs })
  const felt = row.atMost ? `at most ${row.longestMs} ms, for a part of which no runner was there to ask` : `${row.longestMs} ms`
  hands.log(`The longest time between two answers was ${felt}; planned were ${row.budgetMs} ms.`)
}

async function forget(hands: Hands): Promise<Probing | undefined> {
  const there = probing.get(keyOf(hands))
  if (!there) return undefined
  clearInterval(there.watch)
  probing.delete(keyOf(hands))
  await there.probe.end()
  return there
}

/** Its address is the same through all its containers. */
async function askerOf(databaseId: number): Promise<(signal: AbortSignal) => Promise<void>> {
  const [database] = await db.select().from(databases).where(eq(databases.id, databaseId))
  const [at] = await db
    .select({ host: containers.host, port: containers.port })
    .from(containers)
    .where(and(eq(containers.ownerId, databaseId), isNotNull(containers.port)))
    .orderBy(desc(containers.startedAt))
    .limit(1)
  const type = findType(database!.type)
  const credentials = credentialsOf(database!)
  return async (signal) => {
    const connection = await type.connect({ host: at?.host ?? '', port: at?.port ?? 0 }, credentials, signal)
    await connection.probe().finally(() => connection.close())
  }
}

/** It has not been stopped since, as far as is recorded. */
async function servesSince(databaseId: number, since: Date): Promise<boolean> {
  const served = and(eq(containers.ownerId, databaseId), eq(containers.phase, 'wanted'), isNull(containers.stoppedAt), lte(containers.startedAt, since))
  return (await db.$count(containers, served)) > 0
}
