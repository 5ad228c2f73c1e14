import { and, asc, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { configurations, releases } from '#drizzle/schema/release.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import { listOpenOperations } from '../activity/open-operations.ts'
import { isBlocked, listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { isImageName } from '../drivers/fetchable.ts'
import { nothingHere } from '../refusal.ts'

const wanted = sql<number>`(select count(*)::int from ${containers} c where c.owner_id = ${apps.id} and c.phase <> 'unwanted')`

const appsOfPage = 25

/** By their handles; `after` is the last one on the page before. */
export async function listApps(actor: Actor, environmentId: number, after: string | null = null) {
  allow(actor, 'read', environmentId)
  const rows = await db
    .select({
      id: apps.id,
      handle: apps.handle,
      ref: apps.ref,
      release: releases.number,
      version: sql<string | null>`${releases.image} ->> 'version'`,
      releasedAt: releases.createdAt,
      containers: wanted,
      blocked: isBlocked(apps.id),
    })
    .from(apps)
    .leftJoin(releases, eq(releases.id, apps.currentReleaseId))
    .where(and(eq(apps.environmentId, environmentId), isNull(apps.deprovisionedAt), after === null ? undefined : gt(apps.handle, after)))
    .orderBy(asc(apps.handle))
    .limit(appsOfPage + 1)
  return { rows: rows.slice(0, appsOfPage), more: rows.length > appsOfPage }
}

/** The app with its place, its current release and what stands in its way. Credentials are only said to be there. */
export async function findApp(actor: Actor, id: number) {
  const [found] = await db
    .select({ app: apps, environment: environments, stack: stacks, release: releases })
    .from(apps)
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .innerJoin(stacks, eq(stacks.id, environments.stackId))
    .leftJoin(releases, eq(releases.id, apps.currentReleaseId))
    .where(eq(apps.id, id))
  if (!found) throw nothingHere()
  allow(actor, 'read', found.environment.id)
  const { app, environment, stack, release } = found
  const [open, standing] = await Promise.all([listOpenOperations(eq(operations.appId, id)), listStandingBlocks(id)])
  return {
    id: app.id,
    handle: app.handle,
    ref: app.ref,
    buildCommand: app.buildCommand,
    /** Which is told by their form alone. */
    from: app.sources.every(({ url }) => isImageName(url)) ? ('image' as const) : ('git' as const),
    sources: app.sources.map(({ url, credential }) => ({ url, credential: credential !== null })),
    createdAt: app.createdAt,
    deprovisionedAt: app.deprovisionedAt,
    environment: { id: environment.id, handle: environment.handle },
    stack: { id: stack.id, handle: stack.handle, driver: stack.driver },
    strategy: environment.strategy ?? stack.strategy,
    strategyFrom: environment.strategy ? 'environment' : 'stack',
    release,
    open,
    blocks: standing,
  }
}

export type AppView = Awaited<ReturnType<typeof findApp>>

/** Names, those marked plain, and those that are links to databases; null before the first configuration. */
export async function lookUpConfiguration(actor: Actor, appId: number) {
  const app = await findApp(actor, appId)
  const [row] = await db
    .select({ id: configurations.id, names: configurations.names, plain: configurations.plain, links: configurations.links, createdAt: configurations.createdAt })
    .from(configurations)
    .where(app.release ? eq(configurations.id, app.release.configurationId) : eq(configurations.appId, appId))
    .orderBy(desc(configurations.id))
    .limit(1)
  return row ? { ...row, links: await namedLinks(row.links) } : null
}

export interface Link {
  variable: string
  database: { id: number; handle: string; deprovisionedAt: Date | null }
}

async function namedLinks(links: Record<string, number>): Promise<Link[]> {
  const known = await db.select({ id: databases.id, handle: databases.handle, deprovisionedAt: databases.deprovisionedAt }).from(databases).where(inArray(databases.id, Object.values(links)))
  return Object.entries(links).flatMap(([variable, id]) => known.filter((one) => one.id === id).map((database) => ({ variable, database })))
}
