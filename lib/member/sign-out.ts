import { lookUpSession, endSessions } from '../auth/sessions.ts'
import { recordEvent } from '../activity/record-event.ts'
import { db } from '../db/client.ts'

/** Twice is once: a session that has ended already says nothing more. */
export async function signOut(sessionId: string): Promise<void> {
  const actor = await lookUpSession(sessionId)
  if (!actor) return
  await db.transaction(async (tx) => {
    const ended = await endSessions(tx, { id: sessionId })
    if (ended > 0) await recordEvent(tx, { kind: 'signed out', actor })
  })
}
