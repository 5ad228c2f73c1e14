import { and, eq, notExists } from 'drizzle-orm'
import type { z } from 'zod'
import { configurations, releases } from '#drizzle/schema/release.ts'
import type { Transaction } from '../db/client.ts'
import { createRelease, findLiveApp, lookUpRelease, type ReleaseChange } from '../release/create.ts'
import type { Builder, Hands } from '../runner/define.ts'
import { appOf, type Made, madeOf } from './roll-out.ts'

type Change = Partial<Omit<ReleaseChange, 'appId' | 'operationId' | 'strategy'>>

/** What goes into the release is all that tells deploy, configure, scale, restart and rollback apart. */
export function makeRelease<Schema extends z.ZodType, Before extends { strategy?: string | undefined; release?: Made['release'] }>(
  changeFor: (known: Before, tx: Transaction, hands: Hands) => Change | Promise<Change>,
) {
  return (before: Builder<Schema, Before>) =>
    before.step('create the release', {
      undoes: ({ release }: Partial<Made>) => (release === null ? 'forget the new configuration' : 'discard the release'),
      run: (known: Before, hands): Promise<Made> =>
        hands.transaction(async (tx) => {
          const app = await findLiveApp(tx, appOf(hands))
          const change = await changeFor(known, tx, hands)
          // Configured before its first deploy: the configuration waits for the first release.
          if (!change.image && !(await lookUpRelease(tx, app.currentReleaseId))) return nothingToRollOut(known.strategy)
          return madeOf(await createRelease(tx, { appId: app.id, operationId: hands.operation.id, strategy: known.strategy, ...change }))
        }),
      compensate: (_known, hands) =>
        hands.transaction(async (tx) => {
          await tx.update(releases).set({ discardedAt: new Date() }).where(eq(releases.operationId, hands.operation.id))
          // One that waits for the first release would come into force with it.
          const used = tx.select().from(releases).where(eq(releases.configurationId, configurations.id))
          await tx.delete(configurations).where(and(eq(configurations.operationId, hands.operation.id), notExists(used)))
        }),
    })
}

function nothingToRollOut(strategy: string | undefined): Made {
  return { release: null, formation: {}, manifest: null, strategy: strategy ?? 'bluegreen' }
}
