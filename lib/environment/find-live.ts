import { eq } from 'drizzle-orm'
import { environments } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'

/** @throws Refusal `not_found`, or `conflict` once it has been deprovisioned. */
export async function findLiveEnvironment(tx: Transaction, id: number): Promise<typeof environments.$inferSelect> {
  const [row] = await tx.select().from(environments).where(eq(environments.id, id))
  if (!row) throw nothingHere()
  if (row.deprovisionedAt) throw new Refusal('conflict', `${row.handle} has been deprovisioned.`)
  return row
}
