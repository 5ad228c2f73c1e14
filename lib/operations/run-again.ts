import { eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operation.ts'
import type { Actor } from '../auth/actor.ts'
import { allowOne } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { startRecorded } from '../runner/start.ts'
import { findDefinition } from './index.ts'
import { scopeOfOperation } from './scope-of.ts'

/** The same once more, as a new operation with the input that was recorded. */
export async function runAgain(actor: Actor, operationId: number, requestKey: string): Promise<{ id: number }> {
  const [row] = await db.select().from(operations).where(eq(operations.id, operationId))
  if (!row) throw nothingHere()
  allowOne(actor, [], row.environmentId)
  allowOne(actor, await scopeOfOperation(operationId), row.environmentId)
  if (!row.finishedAt) throw new Refusal('conflict', 'It has not ended yet.')
  const definition = findDefinition(row.resourceKind, row.type)
  return startRecorded(definition, row.input, actor, {
    requestKey,
    note: row.note,
    rollsBackId: row.rollsBackId ?? undefined,
    retriesId: row.retriesId ?? undefined,
  })
}
