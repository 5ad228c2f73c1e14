import { eq } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { admissionOf, containerOf, makeReady } from '../database/container.ts'
import { type Database, findLiveDatabase } from '../database/find-live.ts'
import { RestartDatabase } from '../database/schema.ts'
import { refuseUnlessOffered } from '../database/sizes.ts'
import { type Hands, operation } from '../runner/define.ts'
import { awaitAnswer, copyVolume, recordContainer, removeContainer, startAgain, startRecorded, stopContainer, volumesOf, withConnection } from './database-container.ts'
import { havePrograms } from './have-programs.ts'
import { findOwn, findServed, makeVolume, refuseUnlessUsable } from './make-database.ts'
import { keepClientsOut, measureDowntime } from './measure-downtime.ts'

interface From {
  container: string
  type: string
  place: string
  volume: string
}

interface To {
  memoryMb: number
  place: string
  moves: boolean
}

type Known = Partial<{ from: From; to: To }>

/** What only a move does. Before it is known whether it is one, nothing is said. */
const staying = ({ to }: Known) => (to && !to.moves ? 'it stays where it is' : null)
const moving = (words: string) => ({ to }: Known) => (to?.moves ? words : null)

/** With another memory size, at another place, or as it is. All that can be made ready is, before the old container stops. */
export const restartDatabase = operation({
  kind: 'database',
  type: 'restart',
  schema: RestartDatabase,
  scope: 'operate',
  target: async ({ database, memoryMb, place }, tx) => {
    const { handle, type, ...now } = await findLiveDatabase(tx, database)
    refuseUnlessOffered({ type, memoryMb })
    const verb = place !== undefined && place !== now.place ? `Move ${handle} to ${place}` : `Restart ${handle}`
    const memory = memoryMb !== undefined && memoryMb !== now.memoryMb ? ` with ${memoryMb} MB of memory` : ''
    return { resource: { id: database }, title: `${verb}${memory}` }
  },
})
  .step('look at what there is', {
    makes: () => 2,
    undoes: null,
    run: async ({ memoryMb, place }, hands) => {
      const { now, container } = await findServed(hands)
      const to: To = { memoryMb: memoryMb ?? now.memoryMb, place: place ?? now.place, moves: place !== undefined && place !== now.place }
      await refuseUnlessUsable(hands, { place: to.place, memoryMb: to.memoryMb, name: now.handle, now })
      const from: From = { container, type: now.type, place: now.place, volume: now.volume }
      const [newVolume, newContainer] = hands.names as [string, string]
      return { from, to, volume: to.moves ? newVolume : now.volume, container: newContainer }
    },
  })
  .with(
    havePrograms(async (_known, hands) => {
      const { id, handle, type, version, image } = await findOwn(hands)
      return { owner: { id, handle }, type, version, image }
    }),
  )
  .step('make a volume at the new place', {
    makes: ({ to, volume }) => (to.moves ? [volume] : []),
    skips: staying,
    undoes: moving('remove the new volume'),
    run: ({ to, volume }, hands) => makeVolume(hands, volume, to.place),
    compensate: async (_known, hands) => {
      const volumes = await volumesOf(hands)
      for (const name of hands.names) await volumes.remove({ name }, hands.io)
    },
  })
  .step('copy the bulk of its data', {
    undoes: null,
    skips: staying,
    limitSeconds: 86_400,
    run: async ({ from, volume }, hands) => {
      // The second time takes what was written during the first.
      for (const what of ['the bulk of its data', 'what has changed since']) await copy(hands, from.volume, volume, what)
    },
  })
  .step('make the new container ready', {
    makes: ({ to, container }) => (to.moves ? [] : [container]),
    // What is mounted in it could not be detached.
    skips: moving('its volume comes first'),
    undoes: ({ to }: Known) => (to && !to.moves ? 'remove the new container' : null),
    run: async ({ to, volume, image, container }, hands) => {
      const database = { ...(await findOwn(hands)), ...to, volume, image }
      await recordContainer(hands, database, container)
      await attach(hands, database.volume)
      const driver = await hands.driver()
      await driver.prepare(containerOf(database, container, hands.operation.fence), hands.io)
    },
    compensate: async ({ from }, hands) => {
      for (const name of hands.names) await removeContainer(hands, from.type, name)
    },
  })
  .step('write out what it holds in memory', {
    undoes: null,
    run: async ({ from }, hands) => settle(hands, from.container),
  })
  .step('stop the old container', {
    undoes: 'start the old container again, on the old volume',
    limitSeconds: 600,
    run: ({ from }, hands) => stopContainer(hands, from.type, from.container),
    compensate: ({ from }, hands) => startAgain(hands, hands.operation.resourceId, from.container),
  })
  .step('copy what has changed since', {
    undoes: null,
    skips: staying,
    limitSeconds: 3600,
    run: ({ from, volume }, hands) => copy(hands, from.volume, volume, 'what has changed since'),
  })
  .step('detach the old volume', {
    skips: staying,
    undoes: moving('attach the old volume again'),
    run: async ({ from }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.detach({ name: from.volume }, hands.io)
    },
    compensate: async ({ to, from }, hands) => {
      const volumes = await volumesOf(hands)
      if (to.moves) await volumes.attach({ name: from.volume }, hands.io)
    },
  })
  .step('attach the new volume', {
    skips: staying,
    undoes: moving('detach the new volume'),
    run: async ({ volume }, hands) => {
      const volumes = await volumesOf(hands)
      await volumes.attach({ name: volume }, hands.io)
      // What clients write here could not be brought back to the old volume: they come in when there is no way back.
      const { path, closed } = admissionOf(await findOwn(hands))
      await volumes.write({ name: volume }, path, closed, hands.io)
    },
    compensate: async ({ to, volume }, hands) => {
      if (to.moves) await detachIfThere(hands, volume, to.place)
    },
  })
  .step('start the new container', {
    makes: ({ container }) => [container],
    undoes: 'stop and remove the new container',
    run: async ({ to, volume, image, container }, hands) => {
      keepClientsOut(hands, to.moves)
      const database = await findFuture(hands, { ...to, volume, image })
      if (to.moves) await recordContainer(hands, database, container)
      await startRecorded(hands, database, container)
    },
    compensate: async ({ to, from, container }, hands) => {
      keepClientsOut(hands, to.moves)
      await removeContainer(hands, from.type, container)
      keepClientsOut(hands, false)
    },
  })
  .step('wait until it answers', {
    undoes: null,
    limitSeconds: 1000,
    run: async ({ to, volume, image, container }, hands) => {
      keepClientsOut(hands, to.moves)
      await awaitAnswer(hands, await findFuture(hands, { ...to, volume, image }), container)
    },
  })
  .step('hand over to the new container', {
    undoes: null,
    usuallyNoReturn: true,
    pointOfNoReturn: () => true,
    run: async ({ to, volume, image, container }, hands) => {
      keepClientsOut(hands, to.moves)
      const database = await findOwn(hands)
      await hands.transaction(async (tx) => {
        await tx.update(databases).set({ memoryMb: to.memoryMb, place: to.place, volume, image }).where(eq(databases.id, database.id))
        await tx.update(containers).set({ phase: 'wanted' }).where(eq(containers.name, container))
      })
      if (to.moves) await letClientsIn(hands, container)
    },
  })
  .step('clear away what is no longer needed', {
    undoes: null,
    run: async ({ to, from, container }, hands) => {
      // Once more, in case the hand-over was given up half-way.
      if (to.moves) await letClientsIn(hands, container)
      await removeContainer(hands, from.type, from.container)
      const volumes = await volumesOf(hands)
      if (to.moves) await volumes.remove({ name: from.volume }, hands.io)
    },
  })
  .with(measureDowntime({ usuallyMs: 3000, like: 'place' }))

/** As it will be once it is handed over. */
const findFuture = async (hands: Hands, changes: Pick<Database, 'memoryMb' | 'place' | 'volume' | 'image'>): Promise<Database> => ({ ...(await findOwn(hands)), ...changes })

/** It is, unless the machine was started anew. */
async function attach(hands: Hands, name: string): Promise<void> {
  const volumes = await volumesOf(hands)
  await volumes.attach({ name }, hands.io)
}

/** For a place that is away nobody waits before the old container serves again: what is removed, which comes last, is detached first. */
async function detachIfThere(hands: Hands, name: string, place: string): Promise<void> {
  const volumes = await volumesOf(hands)
  const trouble = (await volumes.places()).find((one) => one.place === place)?.trouble
  if (trouble) hands.log(`${place} cannot be used, so ${name} is detached when it is removed: ${trouble}.`)
  else await volumes.detach({ name }, hands.io)
}

/** One that does not answer has nothing to write out, and is restarted all the same. */
async function settle(hands: Hands, container: string): Promise<void> {
  const database = await findOwn(hands)
  await makeReady(await volumesOf(hands), database, hands.io)
  await withConnection(database, container, hands.signal, (connection) => connection.settle()).catch((error: Error) => {
    hands.signal.throwIfAborted()
    hands.log(`It does not answer, so nothing was written out before the stop: ${error.message}`)
  })
}

async function copy(hands: Hands, from: string, to: string, what: string): Promise<void> {
  hands.io.progress(`copying ${what}`)
  const { files, bytes } = await copyVolume(hands, { from, to })
  hands.log(`Copied ${what}: ${files} files, ${bytes} bytes.`)
}

async function letClientsIn(hands: Hands, container: string): Promise<void> {
  const database = await findOwn(hands)
  const { path, open: everybody } = admissionOf(database)
  const open = async () => {
    const volumes = await volumesOf(hands)
    await volumes.write({ name: database.volume }, path, everybody, hands.io)
    await withConnection(database, container, hands.signal, (connection) => connection.admit())
  }
  // It answered, but its machine may have been started anew since.
  await open().catch(() => startAgain(hands, database.id, container).then(open))
  keepClientsOut(hands, false)
}
