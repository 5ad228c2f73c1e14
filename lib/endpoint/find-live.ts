import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import type { Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'

/** @throws Refusal `not_found`, or `conflict` once it has been deprovisioned. */
export async function findLiveEndpoint(tx: Transaction, id: number): Promise<typeof endpoints.$inferSelect> {
  const [row] = await tx.select().from(endpoints).where(eq(endpoints.id, id))
  if (!row) throw nothingHere()
  if (row.deprovisionedAt) throw new Refusal('conflict', 'This endpoint has been deprovisioned.')
  return row
}
