import { and, asc, eq, gt, inArray, isNotNull } from 'drizzle-orm'
import { z } from 'zod'
import { operations } from '#drizzle/schema/operation.ts'
import { releases } from '#drizzle/schema/release.ts'
import { stacks } from '#drizzle/schema/stack.ts'
import { findApp } from '../app/queries.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'
import { isDigest } from '../drivers/fetchable.ts'
import { openDriver } from '../drivers/index.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { findLiveApp, lookUpRelease, type Release } from '../release/create.ts'
import { limitsOf, limitWords } from '../release/limits.ts'
import { shortVersion } from '../release/short-version.ts'
import { operation } from '../runner/define.ts'
import { id, Strategy } from '../stack/schema.ts'
import { countRequests } from './count-requests.ts'
import { fetchAgain } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'
import { scopeOfOperation } from './scope-of.ts'

const RollBack = z.object({ operation: id, strategy: Strategy.optional() })

export const rollback = operation({
  kind: 'app',
  type: 'rollback',
  schema: RollBack,
  scope: ({ operation: undone }, tx) => scopeOfOperation(undone, tx),
  canRollBack: true,
  target: async ({ operation: undone }, tx) => {
    const { operation: row, former } = await findUndoable(tx, undone)
    const { handle } = await findLiveApp(tx, row.appId!)
    return { resource: { id: row.appId! }, title: `Roll ${handle} back to release ${former.number}` }
  },
})
  .step('choose the release to go back to', {
    undoes: null,
    run: ({ operation: undone }, hands) =>
      hands.transaction(async (tx) => {
        const { former } = await findUndoable(tx, undone)
        const { ref, version, buildCommand } = former.image
        return { to: former.id, ref, version, buildCommand }
      }),
  })
  .with(fetchAgain)
  .with(
    makeRelease(async ({ to, image }, tx) => {
      const like = await lookUpRelease(tx, to)
      return { like: like!, image, manifest: like!.manifest, formation: like!.formation }
    }),
  )
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)

interface Undoable {
  operation: typeof operations.$inferSelect
  former: Release
}

type LiveApp = Awaited<ReturnType<typeof findLiveApp>>

/** Whether a rollback is offered at all; the form says the rest. For reads that have asked whether the actor may see the operation. */
export async function canBeRolledBack(operationId: number): Promise<boolean> {
  return typeof (await lookUpUndoable(operationId)) !== 'string'
}

/** What can be rolled back, or why it cannot. */
async function lookUpUndoable(operationId: number): Promise<(Undoable & { app: LiveApp }) | string> {
  try {
    const found = await findUndoable(db, operationId)
    return { ...found, app: await findLiveApp(db, found.operation.appId!) }
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
}

async function findUndoable(tx: Transaction | typeof db, operationId: number): Promise<Undoable> {
  const [row] = await tx.select().from(operations).where(eq(operations.id, operationId))
  if (!row) throw nothingHere()
  // Only now: the index imports this file, and would be half made.
  const { lookUpDefinition } = await import('./index.ts')
  if (!lookUpDefinition(row.resourceKind, row.type)?.canRollBack) throw new Refusal('conflict', `A finished ${row.type} cannot be rolled back.`)
  if (row.status !== 'succeeded') throw new Refusal('conflict', 'Only an operation that succeeded can be rolled back; this one has put everything back itself.')
  const [made] = await tx.select().from(releases).where(eq(releases.operationId, operationId))
  if (!made) throw new Refusal('conflict', 'This operation made no release, so there is none to go back from.')
  if (made.formerId === null) throw new Refusal('conflict', 'This was the first release of the app. There is none before it; deprovision the app instead.')
  const [former] = await tx.select().from(releases).where(eq(releases.id, made.formerId))
  return { operation: row, former: former! }
}

export interface RollbackPreview {
  possible: boolean
  why: string
  changes: string[]
  /** Later operations on the app that this would undo with it, oldest first. */
  undoes: { id: number; title: string }[]
  /** `unknown`: the engine does not say. */
  image: 'kept' | 'fetched again' | 'built again' | 'unknown'
  /** Of these, what before_release did stays. */
  released: { id: number; title: string }[]
  /** The operation behind whose block it would wait. */
  blockedBy: number | null
  /** What is set for the app's environment or stack. */
  strategy: string
  strategyFrom: string
}

/** What the form of a rollback has to say before anybody clicks. */
export async function previewRollback(actor: Actor, operationId: number): Promise<RollbackPreview> {
  const [row] = await db.select({ environmentId: operations.environmentId }).from(operations).where(eq(operations.id, operationId))
  if (!row) throw nothingHere()
  allowOne(actor, 'read', row.environmentId)
  const found = await lookUpUndoable(operationId)
  if (typeof found === 'string') return { possible: false, why: found, changes: [], undoes: [], image: 'unknown', released: [], blockedBy: null, strategy: 'bluegreen', strategyFrom: 'stack' }
  return await preview(actor, found)
}

async function preview(actor: Actor, { operation: row, former, app }: Undoable & { app: LiveApp }): Promise<RollbackPreview> {
  const current = await lookUpRelease(db, app.currentReleaseId)
  const undoes = await db
    .select({ id: operations.id, title: operations.title })
    .from(operations)
    .where(and(eq(operations.appId, app.id), gt(operations.id, row.id), eq(operations.status, 'succeeded'), isNotNull(operations.releaseNumber)))
    .orderBy(asc(operations.id))
  const { strategy, strategyFrom, blocks } = await findApp(actor, app.id)
  const released = await listReleased([row.id, ...undoes.map(({ id }) => id)])
  return { possible: true, why: '', changes: changesBetween(current, former), undoes, image: await whereImage(row.stackId, former), released, blockedBy: blocks[0]?.operationId ?? null, strategy, strategyFrom }
}

async function whereImage(stackId: number | null, { image }: Release): Promise<RollbackPreview['image']> {
  const [stack] = stackId === null ? [] : await db.select().from(stacks).where(eq(stacks.id, stackId))
  if (!stack) return 'unknown'
  return await openDriver(stack)
    .then((driver) => driver.hasImage(image.id))
    .then((there) => (there ? 'kept' : isDigest(image.version) ? 'fetched again' : 'built again'), () => 'unknown')
}

/** Deploys whose before_release has run. */
async function listReleased(operationIds: number[]) {
  const rows = await db
    .select({ id: operations.id, title: operations.title, manifest: releases.manifest })
    .from(releases)
    .innerJoin(operations, eq(operations.id, releases.operationId))
    .where(and(inArray(operations.id, operationIds), eq(operations.type, 'deploy')))
    .orderBy(asc(operations.id))
  return rows.filter(({ manifest }) => manifest.beforeRelease.length > 0).map(({ id, title }) => ({ id, title }))
}

function changesBetween(current: Release | null, former: Release): string[] {
  if (!current) return [`Release ${former.number} becomes current`]
  const changes = [`Release ${former.number} comes back as a new release, number ${current.number + 1} or later`]
  if (current.image.version !== former.image.version) changes.push(`Code: ${short(current)} → ${short(former)}`)
  if (current.configurationId !== former.configurationId) changes.push(`Configuration: as it was in release ${former.number}`)
  for (const service of new Set([...Object.keys(current.formation), ...Object.keys(former.formation)])) {
    const [now, then] = [current, former].map(({ formation }) => (Object.hasOwn(formation, service) ? formation[service] : 0))
    if (now !== then) changes.push(`Containers of ${service}: ${now} → ${then}`)
    const [limits, formerLimits] = [current, former].map(({ manifest }) => limitWords(limitsOf(manifest, service)))
    if (limits !== formerLimits) changes.push(`Limits of ${service}: ${limits} → ${formerLimits}`)
  }
  return changes
}

function short({ image }: Release): string {
  return shortVersion(image.version)
}
