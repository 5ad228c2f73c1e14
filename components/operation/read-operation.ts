import { findApp } from '#lib/app/queries.ts'
import type { Actor } from '#lib/auth/actor.ts'
import { scopesIn } from '#lib/auth/allow.ts'
import { sourceKindOf } from '#lib/drivers/kinds.ts'
import { lookUpDefinition } from '#lib/operations/index.ts'
import { isGone } from '#lib/operations/is-gone.ts'
import { canBeRolledBack } from '#lib/operations/rollback.ts'
import { scopeOfOperation } from '#lib/operations/scope-of.ts'
import { findOperation } from '#lib/runner/queries.ts'

/** The operation with what may be done about it, which its type declares. */
export async function readOperation(actor: Actor, id: number) {
  const operation = await findOperation(actor, id)
  // None for a row that a later version of Davit wrote: it can be read, and no more.
  const definition = lookUpDefinition(operation.resourceKind, operation.type)
  // What cancel, run again, retry and roll back need: where nothing is known of the type, none of them is offered.
  const needs = definition ? await scopeOfOperation(id) : 'owner'
  const deployable = await lookUpUndeployed(actor, operation)
  // What it made is there, so the same once more could only be refused.
  const made = operation.type === 'provision' && operation.status === 'succeeded'
  const canRunAgain = definition !== undefined && operation.finishedAt !== null && !made && !(await isGone(operation))
  return {
    ...operation,
    deployable,
    needs,
    held: scopesIn(actor, operation.environmentId),
    may: { rollBack: await canBeRolledBack(id), runAgain: canRunAgain },
    trivial: definition?.trivial ?? false,
    putsBackForAnother: definition?.putsBackForAnother ?? false,
  }
}

/** The app that this operation has created, until its first release: the next thing to do is to deploy it. */
async function lookUpUndeployed(actor: Actor, { type, status, resourceKind, resourceId }: Awaited<ReturnType<typeof findOperation>>) {
  if (resourceKind !== 'app' || type !== 'provision' || status !== 'succeeded') return null
  const { id, handle, ref, from, stack, strategy, strategyFrom, release, deprovisionedAt } = await findApp(actor, resourceId)
  return release || deprovisionedAt ? null : { id, handle, ref, source: sourceKindOf(stack.driver, from), strategy, strategyFrom }
}

export type OperationView = Awaited<ReturnType<typeof readOperation>>
