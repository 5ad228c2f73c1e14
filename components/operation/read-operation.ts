import type { Actor } from '#lib/auth/actor.ts'
import { definitions } from '#lib/operations/index.ts'
import { previewRollback } from '#lib/operations/rollback.ts'
import { findOperation } from '#lib/runner/queries.ts'

/** The operation with what may be done about it, which its type declares. */
export async function readOperation(actor: Actor, id: number) {
  const operation = await findOperation(actor, id)
  // None for a row that a later version of Davit wrote: it can be read, and no more.
  const definition = definitions.find(({ kind, type }) => type === operation.type && (kind === operation.resourceKind || kind === '*'))
  const canRollBack = operation.status === 'succeeded' && definition?.canRollBack === true
  const rollBack = canRollBack && (await previewRollback(actor, id)).possible
  return { ...operation, may: { rollBack, runAgain: definition !== undefined }, trivial: definition?.trivial ?? false }
}

export type OperationView = Awaited<ReturnType<typeof readOperation>>
