import { eq } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import { countAttempt, forgetAttempts } from '../auth/attempts.ts'
import { lookUpDevice } from '../auth/device.ts'
import { verifyPassword } from '../auth/password.ts'
import { db } from '../db/client.ts'

export const sessionDays = 30
const userAgentChars = 300

/**
 * Null when e-mail and password do not belong together, or the member was deactivated; it does not say
 * which of them it is.
 * `device` is the token of a browser that signed in before; it has a count of its own.
 * @throws Refusal `unavailable` after too many tries.
 */
export async function signIn(email: string, password: string, userAgent = '', device = '') {
  const known = lookUpDevice(device, email)
  const counted = known ? `device ${known}` : email
  countAttempt(counted, Date.now(), known ? 'known devices' : 'strangers')
  const [user] = await db.select().from(users).where(eq(users.email, email))
  const right = await verifyPassword(password, user?.passwordHash ?? null)
  if (!user || !right || user.deactivatedAt) {
    // What was typed into the field may be a password that slipped: only an address of ours is kept.
    await recordEvent(db, { kind: 'sign-in failed', actor: { kind: 'user', id: null, name: user?.name ?? 'somebody', email: user?.email ?? null } })
    return null
  }
  forgetAttempts(counted)
  return await db.transaction(async (tx) => {
    const expiresAt = new Date(Date.now() + sessionDays * 24 * 3600 * 1000)
    const [session] = await tx.insert(sessions).values({ userId: user.id, expiresAt, userAgent: userAgent.slice(0, userAgentChars) }).returning()
    await recordEvent(tx, { kind: 'signed in', actor: { ...user, kind: 'user' } })
    return session ? { id: String(user.id), name: user.name, email: user.email, sessionId: session.id } : null
  })
}
