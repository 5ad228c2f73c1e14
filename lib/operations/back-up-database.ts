import { BackUpDatabase } from '../database/schema.ts'
import { findLiveDatabase } from '../database/find-live.ts'
import type { CopyRequest } from '../drivers/driver.ts'
import { type Hands, operation } from '../runner/define.ts'
import { awaitAnswer, copyVolume, volumesOf, withConnection } from './database-container.ts'
import { type Copied, heldBy, makeBackupVolume, recordBackup } from './keep-backup.ts'
import { findOwn, findServed, refuseUnlessUsable } from './make-database.ts'
import { measureDowntime } from './measure-downtime.ts'

/** A physical copy, taken while the database serves. */
export const backUpDatabase = operation({
  kind: 'database',
  type: 'backup',
  schema: BackUpDatabase,
  scope: 'operate',
  target: async ({ database }, tx) => ({ resource: { id: database }, title: `Back up ${(await findLiveDatabase(tx, database)).handle}` }),
})
  .step('look at what it holds', {
    makes: () => 1,
    undoes: null,
    run: async ({ place }, hands) => {
      const { now, container } = await findServed(hands)
      const backup = { volume: hands.names[0]!, place: place ?? now.place, volumeMb: now.volumeMb, final: false }
      await refuseUnlessUsable(hands, { place: backup.place, memoryMb: 0, name: now.handle })
      return { backup, container }
    },
  })
  .with(makeBackupVolume)
  .step('copy it while it serves', {
    undoes: null,
    limitSeconds: 86_400,
    run: ({ backup, container }, hands) => copyServing(hands, container, backup.volume),
  })
  .with(recordBackup)
  .with(measureDowntime({ usuallyMs: 250 }))

async function copyServing(hands: Hands, container: string, to: string): Promise<Copied> {
  const database = await findOwn(hands)
  const volumes = await volumesOf(hands)
  let bytes = 0
  const copy = async (part: Pick<CopyRequest, 'only' | 'except'>) => {
    const copied = await copyVolume(hands, { from: database.volume, to, ...part })
    bytes += copied.bytes
  }
  await awaitAnswer(hands, database, container)
  await withConnection(database, container, hands.signal, (connection) =>
    connection.backUp({
      all: (except) => copy({ except }),
      only: (paths) => copy({ only: paths }),
      write: (path, text) => volumes.write({ name: to }, path, text, hands.io),
      progress: hands.io.progress,
    }),
  )
  return await heldBy(volumes, to, bytes)
}
