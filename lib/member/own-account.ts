import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { invitations, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { countAttempt } from '../auth/attempts.ts'
import { hashPassword, verifyPassword } from '../auth/password.ts'
import { endSessions } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import type { ChangePassword, RenameSelf } from './schema.ts'

/** Shown beside what one does from now on; what was done keeps the name it had. */
export async function renameSelf(actor: Actor, { name }: z.output<typeof RenameSelf>): Promise<void> {
  allow(actor, 'read', null)
  if (actor.id === null) throw nothingHere()
  const id = actor.id
  await db.transaction(async (tx) => {
    await tx.update(users).set({ name }).where(eq(users.id, id))
    if (name !== actor.name) await recordEvent(tx, { kind: 'member changed', actor, detail: `their own name: ${actor.name} → ${name}` })
  })
}

/** Every other session of theirs ends, and every link to a new password: one of them may be why it is changed. */
export async function changePassword(actor: Actor, { current, password }: z.output<typeof ChangePassword>, sessionId: string): Promise<void> {
  allow(actor, 'read', null)
  if (actor.id === null) throw nothingHere()
  const [user] = await db.select().from(users).where(eq(users.id, actor.id))
  if (!user) throw nothingHere()
  const { giveBack } = countAttempt(`password of ${user.id}`)
  if (!(await verifyPassword(current, user.passwordHash))) throw new Refusal('invalid', 'That is not your password.', { current: 'not your password' })
  giveBack()
  const passwordHash = await hashPassword(password)
  await db.transaction(async (tx) => {
    await tx.update(users).set({ passwordHash }).where(eq(users.id, user.id))
    await tx.update(invitations).set({ withdrawnAt: new Date() }).where(and(eq(invitations.userId, user.id), isNull(invitations.usedAt), isNull(invitations.withdrawnAt)))
    const ended = await endSessions(tx, { userId: user.id, except: sessionId })
    await recordEvent(tx, { kind: 'member changed', actor, detail: `their own password; ${ended === 1 ? '1 other session' : `${ended} other sessions`} ended` })
  })
}
