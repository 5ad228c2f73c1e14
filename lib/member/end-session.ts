import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { sessions, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { endSessions } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import type { EndSession } from './schema.ts'

/** One's own, or for owners anybody's. Its live streams close with it. */
export async function endSession(actor: Actor, { session }: z.output<typeof EndSession>): Promise<void> {
  allow(actor, 'read', null)
  await db.transaction(async (tx) => {
    const [row] = await tx.select({ userId: users.id, name: users.name, email: users.email }).from(sessions).innerJoin(users, eq(users.id, sessions.userId)).where(eq(sessions.id, session))
    if (!row || (row.userId !== actor.id && !actor.owner)) throw nothingHere()
    if ((await endSessions(tx, { id: session })) === 0) throw new Refusal('conflict', 'This session has ended already.')
    await recordEvent(tx, { kind: 'session ended', actor, detail: row.userId === actor.id ? 'their own' : `of ${row.name} (${row.email})` })
  })
}
