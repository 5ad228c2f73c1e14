import { BackUpDatabase } from '../database/schema.ts'
import { type Database, findLiveDatabase } from '../database/find-live.ts'
import { SessionLost } from '../database/types/type.ts'
import type { CopyRequest } from '../drivers/volumes.ts'
import { type Hands, operation } from '../runner/define.ts'
import { awaitAnswer, copyVolume, volumesOf, withConnection } from './database-container.ts'
import { type Copied, heldBy, makeBackupVolume, recordBackup } from './keep-backup.ts'
import { findOwn, findServed, refuseUnlessUsable } from './make-database.ts'
import { measureDowntime } from './measure-downtime.ts'
import { whileRoom } from './while-room.ts'

const TRIES = 3

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

/** Begun anew, a copy writes only what differs. */
async function copyServing(hands: Hands, container: string, to: string): Promise<Copied> {
  const database = await findOwn(hands)
  await awaitAnswer(hands, database, container)
  for (let tries = 1; ; tries++) {
    try {
      return await copyOnce(hands, database, container, to)
    } catch (error) {
      hands.signal.throwIfAborted()
      if (!(error instanceof SessionLost) || tries === TRIES) throw error
      hands.log(`${error.message} What was copied is no backup; waiting for the database.`)
      await awaitAnswer(hands, database, container, { startedBySweep: true })
      hands.log(`The database answers again; the backup begins anew (try ${tries + 1} of ${TRIES}).`)
    }
  }
}

async function copyOnce(hands: Hands, database: Database, container: string, to: string): Promise<Copied> {
  const volumes = await volumesOf(hands)
  let bytes = 0
  await whileRoom(volumes, database, async (filling) => {
    const io = { ...hands.io, signal: AbortSignal.any([hands.signal, filling]) }
    const copy = async (part: Pick<CopyRequest, 'only' | 'except'>) => {
      const copied = await copyVolume(hands, { from: database.volume, to, ...part }, io)
      bytes += copied.bytes
    }
    await withConnection(database, container, io.signal, (connection) =>
      connection.backUp({
        all: (except) => copy({ except }),
        only: (paths) => copy({ only: paths }),
        write: (path, text) => volumes.write({ name: to }, path, text, io),
        progress: hands.io.progress,
      }),
    )
  }).catch(async (error: unknown) => {
    // What was kept for the backup goes with the next time it writes out.
    await settle(hands, database, container)
    throw error
  })
  return await heldBy(volumes, to, bytes)
}

async function settle(hands: Hands, database: Database, container: string): Promise<void> {
  await withConnection(database, container, hands.signal, (connection) => connection.settle()).catch(() => {})
}
