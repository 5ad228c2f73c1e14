import { and, eq, isNull, sql as fragment } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { containers } from '#drizzle/schema/container.ts'
import { endpoints, routerTable } from '#drizzle/schema/endpoint.ts'
import { db, type Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { replaceTable, routerStatus } from '../router/client.ts'
import type { RouterTable } from '../router/table.ts'
import { checkedPath } from './health.ts'

/**
 * The table the router has to route by once this transaction is committed. The generation's row is locked
 * until then: of two runners that switch two apps at once, the second builds on what the first wrote.
 */
export async function buildTable(tx: Transaction): Promise<RouterTable> {
  const [row] = await tx
    .update(routerTable)
    .set({ generation: fragment`${routerTable.generation} + 1` })
    .returning({ generation: routerTable.generation })
  const routed = await tx.select().from(endpoints).where(isNull(endpoints.deprovisionedAt)).orderBy(endpoints.id)
  const serving = await tx
    .select({ appId: containers.ownerId, service: containers.service, name: containers.name, host: containers.host, port: containers.port })
    .from(containers)
    .innerJoin(apps, and(eq(apps.id, containers.ownerId), eq(apps.currentReleaseId, containers.releaseId)))
    .where(eq(containers.phase, 'wanted'))
    .orderBy(containers.name)
  return {
    generation: row!.generation,
    endpoints: routed.map((endpoint) => ({
      id: endpoint.id,
      host: endpoint.host,
      port: endpoint.port,
      health: { path: checkedPath(endpoint.health), strict: endpoint.health.strict },
      maintenancePage: endpoint.maintenancePage,
      containers: serving.flatMap(({ appId, service, name, host, port }) =>
        appId === endpoint.appId && service === endpoint.service && host !== null && port !== null ? [{ name, host, port }] : [],
      ),
    })),
  }
}

/**
 * Resolves once the router routes by that table or by a newer one, which was built from what this one
 * committed.
 * @throws Refusal `conflict` when the router cannot take it; `unavailable` when no router answers, or when it is
 * ahead of a db that went back in time, until the sweep has mended that.
 */
export async function switchTo(table: RouterTable): Promise<void> {
  try {
    await replaceTable(table)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'conflict') throw error
    const { generation } = await routerStatus()
    if (generation < table.generation) throw error
    const [row] = await db.select({ generation: routerTable.generation }).from(routerTable)
    if (generation > table.generation && row!.generation >= generation) return
    throw new Refusal('unavailable', `The router has a table of generation ${generation}, which the db does not know.`)
  }
}
