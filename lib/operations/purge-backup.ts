import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/database.ts'
import { findBackup } from '../database/find-live.ts'
import { PurgeBackup } from '../database/schema.ts'
import { operation } from '../runner/define.ts'
import { volumesOf } from './database-container.ts'
import { refuseUnconfirmed } from './handle.ts'

/** Beside whatever is done to its database, which may be gone. */
export const purgeBackup = operation({
  kind: 'database',
  type: 'purge',
  schema: PurgeBackup,
  scope: 'destroy',
  target: async ({ backup, confirm }, tx) => {
    const { databaseId, handle } = await findBackup(tx, backup)
    refuseUnconfirmed(confirm, handle)
    return { resource: { id: databaseId }, exclusive: false, also: [{ id: backup, mode: 'exclusive' }], title: `Purge backup ${backup} of ${handle}` }
  },
})
  .step('find the backup', {
    undoes: null,
    run: ({ backup }, hands) =>
      hands.transaction(async (tx) => {
        const { volume } = await findBackup(tx, backup)
        return { volume }
      }),
  })
  .step('mark it purged', {
    undoes: null,
    usuallyNoReturn: true,
    // First in the db: nobody restores what is half gone.
    pointOfNoReturn: () => true,
    run: ({ backup }, hands) => hands.transaction(async (tx) => void (await tx.update(backups).set({ purgedAt: new Date() }).where(eq(backups.id, backup)))),
  })
  .step('remove its volume', {
    undoes: null,
    run: async ({ volume }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.remove({ name: volume }, hands.io)
    },
  })
  .step('forget whom nothing is left of', {
    undoes: null,
    run: async (_known, hands) => {
      const owner = hands.operation.resourceId
      const volumes = await volumesOf(hands)
      const keeps = (await volumes.list()).some((one) => one.owner === owner)
      const driver = await hands.driver()
      const runs = (await driver.list()).some((one) => one.owner === owner)
      if (!keeps && !runs) await driver.forget(owner)
    },
  })
