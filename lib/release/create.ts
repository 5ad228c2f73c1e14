import { desc, eq } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { type Formation, type ImageRow, type ManifestRow, releases } from '#drizzle/schema/release.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { changeConfiguration, currentConfigurationId } from './configuration.ts'
import { type LimitChange, withLimits } from './limits.ts'

export type Release = typeof releases.$inferSelect

export interface ReleaseChange {
  appId: number
  operationId: number
  strategy: string | undefined
  image?: ImageRow
  manifest?: ManifestRow
  configurationId?: number
  formation?: Formation
  limits?: LimitChange
  /** Everything from this one instead of from the current one. */
  like?: Release
}

/**
 * Makes the next release of an app: the current one with something changed. The same operation gets the
 * same release however often it asks.
 * @throws Refusal `conflict` when there is no current release and not enough was given to make the first.
 */
export async function createRelease(tx: Transaction, change: ReleaseChange): Promise<Release> {
  const [made] = await tx.select().from(releases).where(eq(releases.operationId, change.operationId))
  if (made) return made
  const app = await findLiveApp(tx, change.appId)
  const current = await lookUpRelease(tx, app.currentReleaseId)
  const base = change.like ?? current
  const image = change.image ?? base?.image
  const manifest = change.manifest ?? base?.manifest
  if (!image || !manifest) throw new Refusal('conflict', 'The app has no release yet. Deploy it first.')
  const [row] = await tx
    .insert(releases)
    .values({
      appId: app.id,
      number: await nextNumber(tx, app.id),
      operationId: change.operationId,
      formerId: current?.id ?? null,
      strategy: change.strategy ?? (await defaultStrategy(tx, app.environmentId)),
      image,
      manifest: withLimits(manifest, base?.manifest, change.limits),
      configurationId: change.configurationId ?? base?.configurationId ?? (await firstConfiguration(tx, app.id, change.operationId)),
      formation: formationFor(manifest, { ...base?.formation, ...change.formation }),
    })
    .returning()
  return row!
}

/** A service the manifest no longer has is gone; a new one begins with one container. */
function formationFor(manifest: ManifestRow, wanted: Formation): Formation {
  return Object.fromEntries(Object.keys(manifest.services).map((service) => [service, Object.hasOwn(wanted, service) ? wanted[service]! : 1]))
}

export async function findLiveApp(tx: Pick<Transaction, 'select'>, appId: number): Promise<typeof apps.$inferSelect> {
  const [app] = await tx.select().from(apps).where(eq(apps.id, appId))
  if (!app) throw nothingHere()
  if (app.deprovisionedAt) throw new Refusal('conflict', `${app.handle} has been deprovisioned.`)
  return app
}

export async function lookUpRelease(tx: Pick<Transaction, 'select'>, releaseId: number | null): Promise<Release | null> {
  if (releaseId === null) return null
  const [row] = await tx.select().from(releases).where(eq(releases.id, releaseId))
  return row ?? null
}

async function nextNumber(tx: Transaction, appId: number): Promise<number> {
  const [last] = await tx
    .select({ number: releases.number })
    .from(releases)
    .where(eq(releases.appId, appId))
    .orderBy(desc(releases.number))
    .limit(1)
  return (last?.number ?? 0) + 1
}

async function defaultStrategy(tx: Transaction, environmentId: number): Promise<string> {
  const [row] = await tx
    .select({ own: environments.strategy, stack: stacks.strategy })
    .from(environments)
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .where(eq(environments.id, environmentId))
  return row?.own ?? row?.stack ?? 'bluegreen'
}

async function firstConfiguration(tx: Transaction, appId: number, operationId: number): Promise<number> {
  return (await currentConfigurationId(tx, appId)) ?? (await changeConfiguration(tx, appId, operationId, null, { set: {}, unset: [] }))
}
