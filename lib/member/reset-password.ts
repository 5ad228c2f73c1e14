import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import { countAttempt } from '../auth/attempts.ts'
import { hashPassword } from '../auth/password.ts'
import { endSessions } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { checkLink, takeLink } from './link.ts'
import type { ResetPassword } from './schema.ts'

/** The link stands in for allow(). Whoever knew the old password is out: every session ends. */
export async function resetPassword({ token, password }: z.output<typeof ResetPassword>): Promise<{ email: string }> {
  await checkLink('reset', token)
  // Only now: a token that is none cannot be guessed, and must not fill the counts.
  countAttempt(`link ${token}`)
  const passwordHash = await hashPassword(password)
  return await db.transaction(async (tx) => {
    const { userId, email } = await takeLink(tx, 'reset', token)
    const [user] = await tx.update(users).set({ passwordHash }).where(and(eq(users.id, userId!), isNull(users.deactivatedAt))).returning()
    if (!user) throw new Refusal('conflict', 'This member is deactivated. Ask an owner.')
    await endSessions(tx, { userId: user.id })
    await recordEvent(tx, { kind: 'password reset', actor: { ...user, kind: 'user' }, detail: 'by a link; all sessions ended' })
    return { email }
  })
}
