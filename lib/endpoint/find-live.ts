import { eq } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal `not_found`, or `conflict` once it has been deprovisioned. */
export async function findLiveEndpoint(tx: Transaction, id: number): Promise<typeof endpoints.$inferSelect> {
  const [row] = await tx.select().from(endpoints).where(eq(endpoints.id, id))
  if (!row) throw new Refusal('not_found', 'There is no such endpoint.')
  if (row.deprovisionedAt) throw new Refusal('conflict', 'This endpoint has been deprovisioned.')
  return row
}
