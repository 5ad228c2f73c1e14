import { and, eq, isNull } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { backups, databases } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Db, Transaction } from '../db/client.ts'

/** Something whose containers or data a stack has, in words; with a place, something that has its data there. */
export async function findResident(tx: Db | Transaction, stackId: number, place?: string): Promise<string | null> {
  const found = { handle: resources.handle, environment: environments.handle, kind: resources.kind }
  const kept = [[apps, apps.deprovisionedAt, null], [databases, databases.deprovisionedAt, databases.place], [backups, backups.purgedAt, backups.place]] as const
  for (const [table, goneAt, at] of kept) {
    if (place !== undefined && at === null) continue
    const [first] = await tx
      .select(found)
      .from(table)
      .innerJoin(resources, eq(resources.id, table.id))
      .innerJoin(environments, eq(environments.id, table.environmentId))
      .where(and(eq(environments.stackId, stackId), isNull(goneAt), place !== undefined && at !== null ? eq(at, place) : undefined))
      .limit(1)
    if (first) return `${first.kind === 'backup' ? 'a backup of ' : ''}${first.handle} of ${first.environment}`
  }
  return null
}
