import { and, eq, isNull } from 'drizzle-orm'
import { endpoints } from '#drizzle/schema/endpoint.ts'
import { operations } from '#drizzle/schema/operation.ts'
import { db } from '../db/client.ts'
import { readTraffic } from '../endpoint/traffic.ts'
import type { z } from 'zod'
import type { Builder, Hands, Step } from '../runner/define.ts'
import { appOf } from './roll-out.ts'

/** Counts the requests of the app's endpoints from the beginning of the first step to the end of the operation. It stands below all steps. */
export function countRequests<Schema extends z.ZodType, Known>(before: Builder<Schema, Known>): Builder<Schema, Known> {
  const noting = (step: Step): Step => ({
    ...step,
    run: async (known, hands) => {
      await noteBefore(hands)
      return await step.run(known, hands)
    },
  })
  return before.around((step, index) => (index === 0 ? noting(step) : step), record)
}

/** Once: a step that is run again has begun long ago. */
async function noteBefore(hands: Hands): Promise<void> {
  if ((await lookUpBefore(hands)) !== null || !(await hasEndpoints(hands))) return
  const trafficBefore = await readTraffic(appOf(hands))
  if (!trafficBefore) return hands.log('The router does not answer, so the requests during this operation are not counted.')
  await hands.transaction((tx) => tx.update(operations).set({ trafficBefore }).where(and(eq(operations.id, hands.operation.id), isNull(operations.trafficBefore))))
}

async function record(hands: Hands): Promise<void> {
  const before = await lookUpBefore(hands)
  if (!before) return
  const now = await readTraffic(appOf(hands))
  if (!now) return hands.log('The router does not answer, so the requests during this operation are not counted.')
  // A router that was killed has forgotten what it counted in its last second.
  const requestsServed = Math.max(0, now.requests - before.requests)
  const requestsLost = Math.max(0, now.lost - before.lost)
  // What an older version of Davit noted does not say it.
  const requestsMaintenance = before.maintenance === undefined ? undefined : Math.max(0, now.maintenance - before.maintenance)
  await hands.record({ requestsServed, requestsLost, requestsMaintenance })
  const apart = requestsMaintenance ? `, ${requestsMaintenance} answered by the maintenance page` : ''
  hands.log(`${requestsServed} request${requestsServed === 1 ? '' : 's'} during this operation, ${requestsLost} lost${apart}.`)
}

async function lookUpBefore({ operation }: Hands) {
  const [row] = await db.select({ before: operations.trafficBefore }).from(operations).where(eq(operations.id, operation.id))
  return row?.before ?? null
}

async function hasEndpoints(hands: Hands): Promise<boolean> {
  const [one] = await db.select({ id: endpoints.id }).from(endpoints).where(and(eq(endpoints.appId, appOf(hands)), isNull(endpoints.deprovisionedAt))).limit(1)
  return one !== undefined
}
