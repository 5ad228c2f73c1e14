import { databases } from '#drizzle/schema/database.ts'
import { findBackup } from '../database/find-live.ts'
import { RestoreBackup } from '../database/schema.ts'
import { refuseUnlessOffered } from '../database/sizes.ts'
import { megabyte } from '../drivers/megabyte.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { copyVolume, volumesOf } from './database-container.ts'
import { refuseTaken } from './handle.ts'
import { havePrograms } from './have-programs.ts'
import { makeDatabase, serveDatabase } from './make-database.ts'

/** Into a new database, with the accounts and passwords of the one that was backed up. */
export const restoreBackup = operation({
  kind: 'database',
  type: 'restore',
  schema: RestoreBackup,
  scope: 'deploy',
  target: async ({ backup, handle, memoryMb, volumeMb }, tx) => {
    const kept = await findBackup(tx, backup)
    const { stackId } = await findLiveEnvironment(tx, kept.environmentId)
    refuseUnlessOffered({ type: kept.type, memoryMb, volumeMb })
    if (volumeMb !== undefined && volumeMb * megabyte < kept.bytes) {
      const needed = Math.ceil(kept.bytes / megabyte)
      throw new Refusal('invalid', `The backup holds ${needed} MB, which ${volumeMb} MB do not hold.`, { volumeMb: `at least ${needed}` })
    }
    await refuseTaken(tx, { table: databases, environment: kept.environmentId }, handle)
    return {
      resource: { create: { kind: 'database', handle, stackId, environmentId: kept.environmentId, appId: null } },
      also: [{ id: kept.environmentId, mode: 'shared' }, { id: backup, mode: 'exclusive' }],
      title: `Restore backup ${backup} of ${kept.handle} into ${handle}`,
    }
  },
})
  .step('find the backup', {
    undoes: null,
    // Again, now that it is held: it may have been purged in the meantime.
    run: ({ backup }, hands) =>
      hands.transaction(async (tx) => {
        const { volume, type, version } = await findBackup(tx, backup)
        return { from: volume, type, version }
      }),
  })
  .with(havePrograms(({ handle, type, version }, hands) => ({ owner: { id: hands.operation.resourceId, handle }, type, version, image: null })))
  .with(
    makeDatabase(async ({ backup, handle, memoryMb, volumeMb, place, image }, tx) => {
      const { environmentId: environment, type, version, credentials, ...kept } = await findBackup(tx, backup)
      return { environment, handle, type, version, image, credentials, memoryMb: memoryMb ?? kept.memoryMb, volumeMb: volumeMb ?? kept.volumeMb, place: place ?? kept.place }
    }),
  )
  .step("attach the backup's volume", {
    undoes: "detach the backup's volume",
    run: async ({ from }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.attach({ name: from }, hands.io)
    },
    compensate: async ({ from }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.detach({ name: from }, hands.io)
    },
  })
  .step('copy what it holds', {
    undoes: null,
    limitSeconds: 86_400,
    run: async ({ from, volume }, hands) => {
      const { files, bytes } = await copyVolume(hands, { from, to: volume })
      hands.log(`Copied ${files} files, ${bytes} bytes.`)
    },
  })
  .step("detach the backup's volume", {
    undoes: null,
    run: async ({ from }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.detach({ name: from }, hands.io)
    },
  })
  .with(serveDatabase)
