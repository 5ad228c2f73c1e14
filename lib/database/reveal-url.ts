import { eq } from 'drizzle-orm'
import { databases } from '#drizzle/schema/database.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'
import { connectionUrl } from './connection-url.ts'
import { findLiveDatabase } from './find-live.ts'

/** The URL in the clear. That it was shown is activity, committed before it is. */
export async function revealUrl(actor: Actor, databaseId: number): Promise<string> {
  const [row] = await db.select({ environmentId: databases.environmentId }).from(databases).where(eq(databases.id, databaseId))
  if (!row) throw nothingHere()
  allow(actor, 'sensitive', row.environmentId)
  return db.transaction(async (tx) => {
    const database = await findLiveDatabase(tx, databaseId)
    const url = await connectionUrl(tx, database)
    await recordEvent(tx, { kind: 'connection URL shown', actor, resource: { id: databaseId, handle: database.handle, kind: 'database' }, environmentId: database.environmentId })
    return url
  })
}
