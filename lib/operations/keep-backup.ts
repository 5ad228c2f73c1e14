import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { backups } from '#drizzle/schema/database.ts'
import { resources } from '#drizzle/schema/resource.ts'
import type { Volumes } from '../drivers/volumes.ts'
import { megabyte } from '../drivers/megabyte.ts'
import type { Builder, Hands } from '../runner/define.ts'
import { volumesOf } from './database-container.ts'
import { findOwn, makeVolume } from './make-database.ts'

/** Null: none is made. */
export interface Backup {
  backup: { volume: string; place: string; volumeMb: number; final: boolean } | null
}

export interface Copied {
  bytes: number
}

const none = ({ backup }: Partial<Backup>) => (backup === null ? 'no backup is made' : null)
const some = (words: string) => ({ backup }: Partial<Backup>) => (backup === null ? null : words)

/** An empty volume for it, attached. */
export function makeBackupVolume<Schema extends z.ZodType, Before extends Backup>(before: Builder<Schema, Before>) {
  return before.step('make a volume for the backup', {
    makes: ({ backup }: Before) => (backup ? [backup.volume] : []),
    skips: none,
    undoes: some("remove the backup's volume"),
    run: ({ backup }: Before, hands) => makeVolume(hands, backup!.volume, backup!.place),
    compensate: async ({ backup }: Before, hands) => {
      const volumes = await volumesOf(hands)
      if (backup) await volumes.remove({ name: backup.volume }, hands.io)
    },
  })
}

/** Copied a second time after a crash, little is written; what the volume holds then is what counts. */
export async function heldBy(volumes: Volumes, name: string, copiedBytes: number): Promise<Copied> {
  const state = await volumes.inspect({ name })
  return { bytes: Math.max(copiedBytes, (state?.usedMb ?? 0) * megabyte) }
}

/** Detached, it is written whole; recorded, it can be restored. */
export function recordBackup<Schema extends z.ZodType, Before extends Backup & Copied>(before: Builder<Schema, Before>) {
  return before
    .step("detach the backup's volume", {
      undoes: null,
      skips: none,
      run: async ({ backup }: Before, hands) => {
        const volumes = await volumesOf(hands)
        await volumes.detach({ name: backup!.volume }, hands.io)
      },
    })
    .step('record the backup', {
      skips: none,
      undoes: some('forget the backup'),
      run: async (known: Before, hands) => record(hands, known),
      compensate: (_known, hands) =>
        hands.transaction(async (tx) => void (await tx.update(backups).set({ purgedAt: new Date() }).where(eq(backups.operationId, hands.operation.id)))),
    })
    .step('give back the room it does not need', {
      undoes: null,
      skips: none,
      // A backup that is there is not given up for want of this.
      pointOfNoReturn: ({ backup }: Before) => backup !== null,
      usuallyNoReturn: ({ backup }) => backup !== null,
      limitSeconds: 3600,
      run: async ({ backup, bytes }: Before, hands) => giveBack(hands, backup, bytes),
    })
}

/** Its volume was as large as what was copied could ever get. */
async function giveBack(hands: Hands, backup: Backup['backup'], bytes: number): Promise<void> {
  const volumes = await volumesOf(hands)
  const neededMb = Math.ceil((bytes / megabyte) * 1.2) + 32
  if (!backup || neededMb >= backup.volumeMb || !(await volumes.describe()).shrinks) return
  await volumes.resize({ name: backup.volume }, neededMb, hands.io)
}

async function record(hands: Hands, { backup, bytes }: Backup & Copied): Promise<void> {
  const { id, handle, environmentId, type, version, image, memoryMb, volumeMb, credentials } = await findOwn(hands)
  await hands.transaction(async (tx) => {
    const [made] = await tx.select({ id: backups.id }).from(backups).where(eq(backups.operationId, hands.operation.id))
    if (made) return
    const [resource] = await tx.insert(resources).values({ kind: 'backup', handle, stackId: hands.operation.stackId, environmentId, appId: null }).returning({ id: resources.id })
    const { volume, place, final } = backup!
    await tx.insert(backups).values({ id: resource!.id, databaseId: id, environmentId, operationId: hands.operation.id, type, version, image, memoryMb, volumeMb, credentials, place, volume, bytes, final })
    hands.log(`Backup ${resource!.id} of ${handle}: ${bytes} bytes at ${place}.`)
  })
}
