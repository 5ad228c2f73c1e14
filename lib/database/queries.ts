import { and, asc, desc, eq, gt, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { backups, databases, downtimes } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { listOpenOperations } from '../activity/open-operations.ts'
import { isBlocked, listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { shownState } from '../container/seen.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import { listLinkedApps } from './linked-apps.ts'

const row = {
  id: databases.id,
  handle: databases.handle,
  type: databases.type,
  version: databases.version,
  place: databases.place,
  memoryMb: databases.memoryMb,
  volumeMb: databases.volumeMb,
  createdAt: databases.createdAt,
  deprovisionedAt: databases.deprovisionedAt,
}

const container = {
  name: containers.name,
  ...shownState,
  host: containers.host,
  port: containers.port,
  restarts: containers.restarts,
  startedAt: containers.startedAt,
}

/** While one container takes the place of another there are two: the one that is wanted is the one that serves. */
const serving = and(eq(containers.ownerId, databases.id), eq(containers.phase, 'wanted'))

const databasesOfPage = 25

/** By their handles; `after` is the last one on the page before. */
export async function listDatabases(actor: Actor, environmentId: number, after: string | null = null) {
  allow(actor, 'read', environmentId)
  const rows = await db
    .select({ ...row, container, blocked: isBlocked(databases.id) })
    .from(databases)
    .leftJoin(containers, serving)
    .where(and(liveIn(environmentId), after === null ? undefined : gt(databases.handle, after)))
    .orderBy(asc(databases.handle))
    .limit(databasesOfPage + 1)
  return { rows: rows.slice(0, databasesOfPage), more: rows.length > databasesOfPage }
}

/** All of them, by what a choice needs. */
export async function nameDatabases(actor: Actor, environmentId: number) {
  allow(actor, 'read', environmentId)
  return await db.select({ id: databases.id, handle: databases.handle, type: databases.type }).from(databases).where(liveIn(environmentId)).orderBy(asc(databases.handle))
}

const liveIn = (environmentId: number) => and(eq(databases.environmentId, environmentId), isNull(databases.deprovisionedAt))

const goneMax = 100

/** Deprovisioned ones of which backups are kept, the latest first. */
export async function listGoneDatabases(actor: Actor, environmentId: number) {
  allow(actor, 'read', environmentId)
  return await db
    .select({ ...row, backups: sql<number>`count(${backups.id})::int` })
    .from(databases)
    .innerJoin(backups, and(eq(backups.databaseId, databases.id), isNull(backups.purgedAt)))
    .where(and(eq(databases.environmentId, environmentId), isNotNull(databases.deprovisionedAt)))
    .groupBy(databases.id)
    .orderBy(desc(databases.deprovisionedAt), desc(databases.id))
    .limit(goneMax)
}

/** The database with where it is, what serves it and what stands in its way. No credential leaves here. */
export async function findDatabase(actor: Actor, id: number) {
  const [found] = await db
    .select({
      database: row,
      image: databases.image,
      container,
      environment: { id: environments.id, handle: environments.handle },
      stack: { id: stacks.id, handle: stacks.handle, driver: stacks.driver, settings: stacks.settings },
    })
    .from(databases)
    .innerJoin(environments, eq(environments.id, databases.environmentId))
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .leftJoin(containers, serving)
    .where(eq(databases.id, id))
  if (!found) throw nothingHere()
  allow(actor, 'read', found.environment.id)
  const { database, ...rest } = found
  const [open, blocks, apps] = await Promise.all([listOpenOperations(eq(operations.resourceId, id)), listStandingBlocks(id), listLinkedApps(id)])
  return { ...database, ...rest, open, blocks, apps }
}

export type DatabaseView = Awaited<ReturnType<typeof findDatabase>>

const backupsOfPage = 50

/** Those that are kept, the newest first; also of a database that is gone. `before` is the last one on the page before. */
export async function listBackups(actor: Actor, databaseId: number, before: number | null = null) {
  await findDatabase(actor, databaseId)
  const rows = await db
    .select({
      id: backups.id,
      operationId: backups.operationId,
      version: backups.version,
      memoryMb: backups.memoryMb,
      volumeMb: backups.volumeMb,
      place: backups.place,
      bytes: backups.bytes,
      final: backups.final,
      createdAt: backups.createdAt,
    })
    .from(backups)
    .where(and(eq(backups.databaseId, databaseId), isNull(backups.purgedAt), before === null ? undefined : lt(backups.id, before)))
    .orderBy(desc(backups.id))
    .limit(backupsOfPage + 1)
  return { rows: rows.slice(0, backupsOfPage), more: rows.length > backupsOfPage }
}

const downtimesMax = 5

/** Of the last operations that interrupted it, or might have: what a client felt, beside what was planned; in milliseconds. */
export async function listDowntimes(actor: Actor, databaseId: number) {
  await findDatabase(actor, databaseId)
  return await db
    .select({ id: operations.id, title: operations.title, status: operations.status, rollback: operations.rollback, at: operations.finishedAt, downtimeMs: operations.downtimeMs, atMost: downtimes.atMost, budgetMs: downtimes.budgetMs })
    .from(operations)
    .innerJoin(downtimes, eq(downtimes.operationId, operations.id))
    .where(and(eq(operations.resourceId, databaseId), isNotNull(operations.downtimeMs), ne(operations.type, 'provision')))
    .orderBy(desc(operations.id))
    .limit(downtimesMax)
}
