import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { containers } from '#drizzle/schema/container.ts'
import { type DatabaseImage, databases } from '#drizzle/schema/database.ts'
import { findLiveDatabase, findServing } from '../database/find-live.ts'
import { findUsable, findUsual, refuseUnlessMemory } from '../database/room.ts'
import { findLiveEnvironment } from '../environment/find-live.ts'
import { db, type Transaction } from '../db/client.ts'
import type { Builder, Hands } from '../runner/define.ts'
import { awaitAnswer, removeContainer, startContainer, volumesOf } from './database-container.ts'
import { refuseKept, sayTaken } from './handle.ts'

export interface NewDatabase {
  environment: number
  handle: string
  type: string
  version: string
  image: DatabaseImage
  memoryMb: number
  volumeMb: number
  place: string
  credentials: string
}

interface Named {
  volume: string
  container: string
  place: string
}

/** Its row, which takes the handle, and an empty volume, attached. */
export function makeDatabase<Schema extends z.ZodType, Before>(asked: (known: Before, tx: Transaction, hands: Hands) => Promise<Omit<NewDatabase, 'place'> & { place: string | undefined }>) {
  return (before: Builder<Schema, Before>) =>
    before
      .step('record the database', {
        makes: () => 2,
        undoes: 'remove the database',
        run: async (known: Before, hands): Promise<Named> => {
          const wanted = await hands.transaction((tx) => asked(known, tx, hands))
          const place = await choosePlace(hands, wanted)
          const [volume, container] = hands.names as [string, string]
          await hands.transaction(async (tx) => {
            // Again, now that the environment is held: it may have been deprovisioned in the meantime.
            await findLiveEnvironment(tx, wanted.environment)
            const { environment, ...row } = { ...wanted, place }
            await tx.insert(databases).values({ id: hands.operation.resourceId, environmentId: environment, volume, ...row }).onConflictDoNothing({ target: databases.id })
            await refuseKept(tx, { table: databases, environment }, wanted.handle, hands.operation.resourceId)
          }).catch(sayTaken(wanted.handle))
          return { volume, container, place }
        },
        compensate: (_known, hands) =>
          hands.transaction(async (tx) => {
            await tx.update(databases).set({ deprovisionedAt: new Date() }).where(eq(databases.id, hands.operation.resourceId))
          }),
      })
      .step('make its volume', {
        makes: ({ volume }: Named) => [volume],
        undoes: 'remove the volume',
        run: ({ volume, place }, hands) => makeVolume(hands, volume, place),
        compensate: async ({ volume }, hands) => {
          const volumes = await volumesOf(hands)
          await volumes.remove({ name: volume }, hands.io)
        },
      })
}

/** From its first start until the sweep keeps it running. */
export function serveDatabase<Schema extends z.ZodType, Before extends Named>(before: Builder<Schema, Before>) {
  return before
    .step('start it', {
      makes: ({ container }: Named) => [container],
      undoes: 'stop and remove its container',
      run: async ({ container }, hands) => startContainer(hands, await findOwn(hands), container),
      compensate: async ({ container }, hands) => removeContainer(hands, await typeOf(hands), container),
    })
    .step('wait until it answers', {
      undoes: null,
      limitSeconds: 1000,
      run: async ({ container }, hands) => awaitAnswer(hands, await findOwn(hands), container),
    })
    .step('keep it running', {
      undoes: 'no longer start it again when it ends',
      run: ({ container }, hands) => setPhase(hands, container, 'wanted'),
      compensate: ({ container }, hands) => setPhase(hands, container, 'unwanted'),
    })
}

/** As it is recorded now. */
export const findOwn = (hands: Hands) => findLiveDatabase(db, hands.operation.resourceId)

/** The same, with the container that serves it. */
export const findServed = (hands: Hands) =>
  hands.transaction(async (tx) => {
    const now = await findLiveDatabase(tx, hands.operation.resourceId)
    const { name: container } = await findServing(tx, now.id)
    return { now, container }
  })

/** As large as its volume in force, empty and attached. */
export async function makeVolume(hands: Hands, name: string, place: string): Promise<void> {
  const { id, handle, volumeMb } = await findOwn(hands)
  const volumes = await volumesOf(hands)
  await volumes.create({ name, owner: { id, handle }, place, sizeMb: volumeMb, fence: hands.operation.fence }, hands.io)
  await volumes.attach({ name }, hands.io)
}

/** Also of one that could not be recorded: then it has no container. */
async function typeOf(hands: Hands): Promise<string> {
  return hands.transaction(async (tx) => {
    const [row] = await tx.select({ type: databases.type }).from(databases).where(eq(databases.id, hands.operation.resourceId))
    return row!.type
  })
}

const setPhase = (hands: Hands, container: string, phase: 'wanted' | 'unwanted') =>
  hands.transaction(async (tx) => void (await tx.update(containers).set({ phase }).where(eq(containers.name, container))))

/** The one asked for, or the first of the stack that can be used; refused with what stands against it. */
async function choosePlace(hands: Hands, { place, memoryMb, handle }: { place: string | undefined; memoryMb: number; handle: string }): Promise<string> {
  const volumes = await volumesOf(hands)
  const chosen = place ?? findUsual(await volumes.places())
  await refuseUnlessUsable(hands, { place: chosen, memoryMb, name: handle })
  return chosen
}

/** There is such a place, it can be used, and it has the memory, that of the container which it takes the place of included. */
export async function refuseUnlessUsable(hands: Hands, wanted: { place: string; memoryMb: number; name: string; now?: { memoryMb: number } }): Promise<void> {
  const volumes = await volumesOf(hands)
  findUsable(await volumes.places(), wanted.place)
  await refuseUnlessMemory(await hands.driver(), wanted)
}
