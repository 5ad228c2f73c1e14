'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { action } from '#lib/action.ts'
import { retryRollback } from '#lib/operations/retry-rollback.ts'
import { rollback } from '#lib/operations/rollback.ts'
import { markResolved } from '#lib/runner/block.ts'
import { requestCancel } from '#lib/runner/cancel.ts'
import { runAgain } from '#lib/operations/run-again.ts'
import { scopeOfOperation } from '#lib/operations/scope-of.ts'
import { Strategy } from '#lib/stack/schema.ts'
import { start } from '#lib/runner/start.ts'

const Operation = z.object({ operation: z.coerce.number().int().positive() })
const RollBack = Operation.extend({ strategy: Strategy.optional() })
const Reason = Operation.extend({ reason: z.string().trim().min(1, 'say how it was put right').max(2000) })

export const cancelOperation = action(Operation, ({ operation }, actor) => requestCancel(actor, operation, scopeOfOperation))

export const rollBackOperation = action(RollBack, async ({ operation, strategy }, actor, request) => {
  const { id } = await start(rollback, { operation, strategy }, actor, { ...request, rollsBackId: operation })
  redirect(`/operations/${id}`)
})

export const runOperationAgain = action(Operation, async ({ operation }, actor, request) => {
  const { id } = await runAgain(actor, operation, request.requestKey)
  redirect(`/operations/${id}`)
})

export const retryOperationRollback = action(Operation, async ({ operation }, actor, request) => {
  const { id } = await start(retryRollback, { operation }, actor, { ...request, retriesId: operation })
  redirect(`/operations/${id}`)
})

export const resolveBlock = action(Reason, ({ operation, reason }, actor) => markResolved(actor, operation, reason))
