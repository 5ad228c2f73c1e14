import { eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import type { Needs } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import { needsOf } from '../runner/allow-start.ts'

/** What cancelling it, running it again, rolling it back and retrying its rollback need: the scope of its type. */
export async function scopeOfOperation(operationId: number, tx: Pick<Transaction, 'select'> = db): Promise<Needs> {
  const [row] = await tx.select({ kind: operations.resourceKind, type: operations.type, input: operations.input }).from(operations).where(eq(operations.id, operationId))
  if (!row) throw nothingHere()
  // Only now: the index imports types that import this file, and would be half made.
  const { findDefinition } = await import('./index.ts')
  return await needsOf(findDefinition(row.kind, row.type), row.input, tx)
}
