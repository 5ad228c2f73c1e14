import { and, eq, inArray, isNull } from 'drizzle-orm'
import { backups, databases } from '#drizzle/schema/database.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { Db, Transaction } from '../db/client.ts'
import { registrationOf, type Settings, type StackToOpen } from '../drivers/index.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal `unavailable`, `fields` naming each place that is given anew and cannot be used */
export function refuseUnusablePlaces(driver: string, given: Settings, stack: StackToOpen | null, message: string): void {
  const fields = registrationOf(driver).places?.troubles(given, stack) ?? {}
  if (Object.keys(fields).length > 0) throw new Refusal('unavailable', message, fields)
}

/** @throws Refusal `conflict` while a place that would no longer be one of the stack's holds anything of a database */
export async function refuseDroppedPlaces(tx: Db | Transaction, given: Settings, stack: StackToOpen): Promise<void> {
  const dropped = registrationOf(stack.driver).places?.dropped(given, stack) ?? []
  if (dropped.length === 0) return
  const of = { place: databases.place, handle: databases.handle, environment: environments.handle }
  const [live] = await tx
    .select(of)
    .from(databases)
    .innerJoin(environments, eq(environments.id, databases.environmentId))
    .where(and(eq(environments.stackId, stack.id), inArray(databases.place, dropped), isNull(databases.deprovisionedAt)))
    .limit(1)
  if (live) throw new Refusal('conflict', `The place ${live.place} can be neither taken away nor renamed: ${live.handle} of ${live.environment} keeps its data there. Move it to another place first.`)
  const [kept] = await tx
    .select({ ...of, place: backups.place })
    .from(backups)
    .innerJoin(databases, eq(databases.id, backups.databaseId))
    .innerJoin(environments, eq(environments.id, databases.environmentId))
    .where(and(eq(environments.stackId, stack.id), inArray(backups.place, dropped), isNull(backups.purgedAt)))
    .limit(1)
  if (kept) throw new Refusal('conflict', `The place ${kept.place} can be neither taken away nor renamed: a backup of ${kept.handle} of ${kept.environment} is there. Purge it first.`)
}
