import { eq } from 'drizzle-orm'
import { databases } from '#drizzle/schema/database.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db/client.ts'
import type { VolumeState } from '../drivers/volumes.ts'
import { openDriver } from '../drivers/index.ts'
import { connectTo } from './container.ts'
import type { Database } from './find-live.ts'
import { inTime } from './in-time.ts'
import { findDatabase } from './queries.ts'
import type { DatabaseStatus } from './types/type.ts'

/** A page waits so long for what a server or an engine says of itself. */
const patienceMs = 2000

export interface DatabaseNow {
  /** Null: it does not answer. */
  server: DatabaseStatus | null
  /** Null: it cannot be told. */
  volume: VolumeState | null
}

/** What it says of itself at this moment. */
export async function readStatus(actor: Actor, id: number): Promise<DatabaseNow> {
  const { container, stack } = await findDatabase(actor, id)
  const [database] = await db.select().from(databases).where(eq(databases.id, id))
  const [server, volume] = await Promise.all([
    container && inTime(patienceMs, (signal) => ask(database!, container.name, signal)),
    inTime(patienceMs, () => look(stack, database!)),
  ])
  return { server, volume }
}

async function ask(database: Database, container: string, signal: AbortSignal): Promise<DatabaseStatus> {
  const connection = await connectTo(database, container, signal)
  return await connection.status().finally(() => connection.close())
}

async function look(stack: Parameters<typeof openDriver>[0], { volume }: Database): Promise<VolumeState | null> {
  const { volumes } = await openDriver(stack)
  return volumes && (await volumes.inspect({ name: volume }))
}
