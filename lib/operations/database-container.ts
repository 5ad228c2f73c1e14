import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql as fragment } from 'drizzle-orm'
import { containers } from '#drizzle/schema/container.ts'
import { databases } from '#drizzle/schema/database.ts'
import { connectTo, containerOf, credentialsOf, makeReady, type Served } from '../database/container.ts'
import type { Database } from '../database/find-live.ts'
import type { Connection } from '../database/types/type.ts'
import { findType } from '../database/types/index.ts'
import { db } from '../db/client.ts'
import type { Copied, CopyRequest, Volumes } from '../drivers/volumes.ts'
import { refusal } from '../drivers/health.ts'
import { Refusal } from '../refusal.ts'
import type { Hands } from '../runner/define.ts'

const POLL_MS = 20
const ANSWER_SECONDS = 600

/** @throws Refusal `conflict` where the stack's engine keeps no volumes. */
export async function volumesOf(hands: Hands): Promise<Volumes> {
  const { volumes } = await hands.driver()
  if (!volumes) throw new Refusal('conflict', 'Databases are not offered on this stack: its driver keeps no volumes.')
  return volumes
}

/** Before it is made: what a dead runner began is known, and is no sweep's. */
export async function recordContainer(hands: Hands, { id, type, place }: Served, name: string): Promise<void> {
  await hands.transaction((tx) =>
    tx.insert(containers).values({ name, service: type, ownerId: id, operationId: hands.operation.id, place }).onConflictDoNothing(),
  )
}

export async function startRecorded(hands: Hands, database: Served, name: string): Promise<void> {
  const driver = await hands.driver()
  const start = () => driver.start(containerOf(database, name, hands.operation.fence), hands.io)
  const { address } = await start().catch((error: unknown) => startAttached(hands, database, start, error))
  await hands.transaction((tx) =>
    tx.update(containers).set({ host: address?.host ?? null, port: address?.port ?? null, startedAt: fragment`clock_timestamp()`, startingAt: null, startRefusal: null, stoppedAt: null }).where(eq(containers.name, name)),
  )
}

export async function startContainer(hands: Hands, database: Served, name: string): Promise<void> {
  await recordContainer(hands, database, name)
  await startRecorded(hands, database, name)
}

/** Only then: that it is attached is not asked for while clients wait, though nothing is after the machine was started anew. */
async function startAttached<Started>(hands: Hands, { volume }: Served, start: () => Promise<Started>, error: unknown): Promise<Started> {
  const volumes = await volumesOf(hands)
  if ((await volumes.inspect({ name: volume }))?.attached !== false) throw error
  await volumes.attach({ name: volume }, hands.io)
  return start()
}

/** First in the db: what is wanted is started again by the sweep. */
export async function stopContainer(hands: Hands, type: string, name: string): Promise<void> {
  await hands.transaction((tx) => tx.update(containers).set({ phase: 'unwanted', stoppedAt: new Date() }).where(eq(containers.name, name)))
  const driver = await hands.driver()
  await driver.stop({ name }, findType(type).stop.graceSeconds, hands.io)
}

/** As it was: from what is recorded of its database, on its volume; where that fails, by the sweep as soon as it can be. */
export async function startAgain(hands: Hands, databaseId: number, name: string): Promise<void> {
  const [database] = await db.select().from(databases).where(eq(databases.id, databaseId))
  await hands.transaction((tx) => tx.update(containers).set({ phase: 'wanted' }).where(eq(containers.name, name)))
  await makeReady(await volumesOf(hands), database!, hands.io)
  await startContainer(hands, database!, name)
  await awaitAnswer(hands, database!, name)
}

export async function removeContainer(hands: Hands, type: string, name: string): Promise<void> {
  await stopContainer(hands, type, name)
  const driver = await hands.driver()
  await driver.remove({ name })
}

/**
 * Resolves once it answers a client; one that its machine took with it is started again. An engine that is away is waited for.
 * @throws Refusal with the last it said once it has ended, unless the sweep will start it again.
 */
export async function awaitAnswer(hands: Hands, database: Database, name: string, { startedBySweep = false } = {}): Promise<void> {
  // A refusal quotes what the container wrote last.
  hands.hide(Object.values(credentialsOf(database)))
  const driver = await hands.driver()
  const limit = Date.now() + ANSWER_SECONDS * 1000
  hands.io.progress('waiting for its first answer')
  for (;;) {
    const asked = await withConnection(database, name, hands.signal, (connection) => connection.probe()).then(() => null, (error: unknown) => error)
    if (asked === null) return
    hands.signal.throwIfAborted()
    const state = await driver.inspect({ name }).catch(unlessAway)
    if (state === null || (state && !state.running && state.exitCode === null)) await startContainer(hands, database, name)
    else if (state && !state.running && !startedBySweep) throw await refusal({ name, lastLines: (count) => driver.lastLines({ name }, count) }, 'has ended and does not answer')
    if (Date.now() > limit) throw new Refusal('conflict', `It does not answer after ${ANSWER_SECONDS} s: ${(asked as Error).message}`)
    await pause(POLL_MS, undefined, { signal: hands.signal })
  }
}

function unlessAway(error: unknown): undefined {
  if (!(error instanceof Refusal) || error.code !== 'unavailable') throw error
}

/** From one volume to another, each attached: after the machine was started anew neither is. */
export async function copyVolume(hands: Hands, request: CopyRequest, io = hands.io): Promise<Copied> {
  const volumes = await volumesOf(hands)
  for (const name of [request.from, request.to]) await volumes.attach({ name }, io)
  return volumes.copy(request, io)
}

export async function withConnection<T>(database: Pick<Database, 'type' | 'credentials'>, container: string, signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connectTo(database, container, signal)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}
