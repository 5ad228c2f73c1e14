import type { Actor } from '#lib/auth/actor.ts'
import { findDefinition } from '#lib/operations/index.ts'
import { findOperation } from '#lib/runner/queries.ts'

/** The operation with what may be done about it, which its type declares. */
export async function readOperation(actor: Actor, id: number) {
  const operation = await findOperation(actor, id)
  const definition = findDefinition(operation.resourceKind, operation.type)
  return { ...operation, may: { rollBack: definition.canRollBack ?? false }, trivial: definition.trivial ?? false }
}

export type OperationView = Awaited<ReturnType<typeof readOperation>>
