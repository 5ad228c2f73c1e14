import { eq } from 'drizzle-orm'
import type { ManifestRow } from '#drizzle/schema/release.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { ScaleApp } from '../app/schema.ts'
import { Refusal } from '../refusal.ts'
import { kindOf } from '../drivers/kinds.ts'
import { findLiveApp, lookUpRelease } from '../release/create.ts'
import { type LimitChange, limitsOf, limitWords, withLimits } from '../release/limits.ts'
import { operation } from '../runner/define.ts'
import { countRequests } from './count-requests.ts'
import { keepImage } from './fetch-image.ts'
import { makeRelease } from './make-release.ts'
import { placeContainers, takeOver } from './roll-out.ts'

export const scale = operation({
  kind: 'app',
  type: 'scale',
  schema: ScaleApp,
  scope: 'operate',
  canRollBack: true,
  target: async ({ app, formation, limits }, tx) => {
    const { handle, currentReleaseId, environmentId } = await findLiveApp(tx, app)
    const current = await lookUpRelease(tx, currentReleaseId)
    if (!current) throw new Refusal('conflict', `${handle} has no release yet. Deploy it first.`)
    for (const [field, given] of Object.entries({ formation, limits })) {
      const unknown = Object.keys(given).find((service) => !Object.hasOwn(current.formation, service))
      if (unknown !== undefined) throw new Refusal('invalid', `${handle} has no service "${unknown}".`, { [`${field}.${unknown}`]: 'no such service' })
    }
    if (Object.keys(limits).length > 0) await refuseUnlimited(tx, environmentId)
    const wanted = Object.entries(formation).map(([service, count]) => `${service} to ${count}`)
    return { resource: { id: app }, title: `Scale ${handle}: ${[...wanted, ...changesOf(current.manifest, limits)].join(', ')}` }
  },
})
  .with(makeRelease(({ formation, limits }) => ({ formation, limits })))
  .with(keepImage)
  .with(placeContainers)
  .with(takeOver)
  .with(countRequests)

async function refuseUnlimited(tx: Transaction, environmentId: number): Promise<void> {
  const [stack] = await tx.select({ handle: stacks.handle, driver: stacks.driver }).from(stacks).innerJoin(environments, eq(environments.stackId, stacks.id)).where(eq(environments.id, environmentId))
  if (stack && !kindOf(stack.driver).hasLimits) throw new Refusal('invalid', `Nothing on the stack ${stack.handle} sees to what a container takes; leave its limits out.`)
}

/** Of those that are given, what is not so already. */
function changesOf(manifest: ManifestRow, limits: LimitChange): string[] {
  const next = withLimits(manifest, manifest, limits)
  return Object.keys(limits).flatMap((service) => {
    const [now, then] = [manifest, next].map((each) => limitWords(limitsOf(each, service)))
    return now === then ? [] : [`${then} for each ${service}`]
  })
}
