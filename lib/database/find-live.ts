import { and, eq } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { backups, databases } from '#drizzle/schema/database.ts'
import type { Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'

export type Database = typeof databases.$inferSelect
export type Backup = typeof backups.$inferSelect
type From = Pick<Transaction, 'select'>

/** @throws Refusal `not_found`, or `conflict` once it has been deprovisioned. */
export async function findLiveDatabase(tx: From, id: number): Promise<Database> {
  const [row] = await tx.select().from(databases).where(eq(databases.id, id))
  if (!row) throw nothingHere()
  if (row.deprovisionedAt) throw new Refusal('conflict', `${row.handle} has been deprovisioned.`)
  return row
}

/** With what its database is, or was, called. @throws Refusal `not_found`, or `conflict` once it has been purged. */
export async function findBackup(tx: From, id: number): Promise<Backup & { handle: string }> {
  const [row] = await tx.select({ backup: backups, handle: databases.handle }).from(backups).innerJoin(databases, eq(databases.id, backups.databaseId)).where(eq(backups.id, id))
  if (!row) throw nothingHere()
  if (row.backup.purgedAt) throw new Refusal('conflict', `This backup of ${row.handle} has been purged.`)
  return { ...row.backup, handle: row.handle }
}

/** What serves it, or is to be started again by the sweep. */
export async function findServing(tx: From, databaseId: number): Promise<{ name: string; host: string | null; port: number | null }> {
  const [row] = await tx
    .select({ name: containers.name, host: containers.host, port: containers.port })
    .from(containers)
    .where(and(eq(containers.ownerId, databaseId), eq(containers.phase, 'wanted')))
  if (!row) throw new Refusal('conflict', 'There is no container that serves it.')
  return row
}
