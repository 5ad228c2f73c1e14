import { eq } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/access.ts'
import { events } from '#drizzle/schema/activity.ts'
import { db } from '../db/client.ts'
import { countAttempt, forgetAttempts } from './attempts.ts'
import { verifyPassword } from './password.ts'

export const sessionDays = 30

/**
 * Null when e-mail and password do not belong together; it does not say which of them is wrong.
 * @throws Refusal `unavailable` after too many tries.
 */
export async function signIn(email: string, password: string) {
  countAttempt(email)
  const [user] = await db.select().from(users).where(eq(users.email, email))
  const right = await verifyPassword(password, user?.passwordHash ?? null)
  if (!user || !right) return null
  forgetAttempts(email)
  return await db.transaction(async (tx) => {
    const expiresAt = new Date(Date.now() + sessionDays * 24 * 3600 * 1000)
    const [session] = await tx.insert(sessions).values({ userId: user.id, expiresAt }).returning()
    await tx.insert(events).values({ kind: 'signed in', actorKind: 'user', actorId: user.id, actorName: user.name, actorEmail: user.email })
    return session ? { id: String(user.id), name: user.name, email: user.email, sessionId: session.id } : null
  })
}
