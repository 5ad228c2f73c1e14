import { and, asc, eq, isNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { listStandingBlocks } from '../activity/standing-blocks.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { findApp } from '../app/queries.ts'
import { config } from '../config.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import { readServing } from './serving.ts'

type Address = { host: string | null; port: number | null }

export async function listEndpoints(actor: Actor, appId: number) {
  await findApp(actor, appId)
  const rows = await db
    .select()
    .from(endpoints)
    .where(and(eq(endpoints.appId, appId), isNull(endpoints.deprovisionedAt)))
    .orderBy(asc(endpoints.id))
  const serving = rows.length > 0 ? await readServing() : {}
  return rows.map((row) => ({ ...row, url: urlOf(row), serving: serving[row.id] ?? null }))
}

export async function findEndpoint(actor: Actor, id: number) {
  const [found] = await db
    .select({ endpoint: endpoints, app: { id: apps.id, handle: apps.handle }, environment: { id: environments.id, handle: environments.handle } })
    .from(endpoints)
    .innerJoin(apps, eq(apps.id, endpoints.appId))
    .innerJoin(environments, eq(environments.id, apps.environmentId))
    .where(eq(endpoints.id, id))
  if (!found) throw nothingHere()
  allow(actor, 'read', found.environment.id)
  const serving = found.endpoint.deprovisionedAt ? null : ((await readServing())[id] ?? null)
  return { ...found.endpoint, serving, app: found.app, environment: found.environment, url: urlOf(found.endpoint), blocks: await listStandingBlocks(id) }
}

/** What to open in a browser; the router listens on plain http. */
export function urlOf({ host, port }: Address): string {
  if (port !== null) return `http://${browserHost(config.routerHost)}:${port}/`
  return `http://${host}${config.routerPort === 80 ? '' : `:${config.routerPort}`}/`
}

/** An address that means “everywhere” is no address to open. */
const browserHost = (host: string) => (host === '0.0.0.0' || host === '::' ? new URL(config.url).hostname : host.includes(':') ? `[${host}]` : host)
