import { eq } from 'drizzle-orm'
import { databases } from '#drizzle/schema/database.ts'
import { findLiveDatabase } from '../database/find-live.ts'
import { readRoom, refuseUnlessFits } from '../database/room.ts'
import { ResizeDatabase } from '../database/schema.ts'
import { refuseUnlessOffered } from '../database/sizes.ts'
import { Refusal } from '../refusal.ts'
import { operation } from '../runner/define.ts'
import { startAgain, stopContainer, volumesOf } from './database-container.ts'
import { findServed } from './make-database.ts'
import { measureDowntime } from './measure-downtime.ts'

type Known = Partial<{ stops: boolean }>

const serving = ({ stops }: Known) => (stops === false ? 'it is made larger while it serves' : null)
const stopped = (words: string) => ({ stops }: Known) => (stops ? words : null)

/** Larger while it serves, where the driver can; smaller, never below what is used, while it is stopped. */
export const resizeDatabase = operation({
  kind: 'database',
  type: 'resize',
  schema: ResizeDatabase,
  scope: 'operate',
  target: async ({ database, volumeMb }, tx) => {
    const { handle, type, ...now } = await findLiveDatabase(tx, database)
    refuseUnlessOffered({ type, volumeMb })
    if (volumeMb === now.volumeMb) throw new Refusal('conflict', `The volume of ${handle} has ${volumeMb} MB already.`, { volumeMb: 'as it is' })
    return { resource: { id: database }, title: `Resize the volume of ${handle} to ${volumeMb} MB` }
  },
})
  .step('look at what there is', {
    undoes: null,
    run: async ({ volumeMb }, hands) => {
      const { now, container } = await findServed(hands)
      const volumes = await volumesOf(hands)
      const { type, volume, volumeMb: formerMb } = now
      const room = await readRoom(volumes, volume)
      refuseUnlessFits(room, now, volumeMb)
      return { type, volume, container, formerMb, stops: !(volumeMb > formerMb && room.growsWhileUsed) }
    },
  })
  .step('stop the container', {
    skips: serving,
    undoes: stopped('start the container again'),
    limitSeconds: 600,
    run: ({ type, container }, hands) => stopContainer(hands, type, container),
    compensate: async ({ stops, container }, hands) => {
      if (stops) await startAgain(hands, hands.operation.resourceId, container)
    },
  })
  .step('detach the volume', {
    skips: serving,
    undoes: stopped('attach the volume again'),
    run: async ({ volume }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.detach({ name: volume }, hands.io)
    },
    compensate: async ({ stops, volume }, hands) => {
      const volumes = await volumesOf(hands)
      if (stops) await volumes.attach({ name: volume }, hands.io)
    },
  })
  .step('resize the detached volume', {
    skips: serving,
    undoes: stopped('give the volume its former size'),
    limitSeconds: 3600,
    run: async ({ volume, volumeMb }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.resize({ name: volume }, volumeMb, hands.io)
    },
    compensate: async ({ stops, type, container, volume, formerMb }, hands) => {
      if (!stops) return
      const volumes = await volumesOf(hands)
      const giveBack = () => volumes.resize({ name: volume }, formerMb, hands.io)
      if (!(await volumes.inspect({ name: volume }))?.attached) return giveBack()
      // What comes before was undone without this, and it serves meanwhile.
      await stopContainer(hands, type, container)
      await volumes.detach({ name: volume }, hands.io).then(giveBack).finally(() => startAgain(hands, hands.operation.resourceId, container))
    },
  })
  .step('start the container on it', {
    skips: serving,
    undoes: stopped('stop the container and detach the volume'),
    limitSeconds: 1000,
    run: ({ container }, hands) => startAgain(hands, hands.operation.resourceId, container),
    compensate: async ({ stops, type, container, volume }, hands) => {
      if (!stops) return
      await stopContainer(hands, type, container)
      // Or it could not be given its former size.
      const volumes = await volumesOf(hands)
      await volumes.detach({ name: volume }, hands.io)
    },
  })
  .step('make the volume larger', {
    undoes: null,
    skips: ({ stops }: Known) => (stops ? 'it has its size already' : null),
    // What serves on it cannot be made smaller again.
    pointOfNoReturn: () => true,
    usuallyNoReturn: true,
    run: async ({ database, stops, volume, volumeMb }, hands) => {
      const volumes = await volumesOf(hands)
      if (!stops) await volumes.resize({ name: volume }, volumeMb, hands.io)
      await hands.transaction(async (tx) => void (await tx.update(databases).set({ volumeMb }).where(eq(databases.id, database))))
    },
  })
  .with(measureDowntime({ usuallyMs: 3000 }))
