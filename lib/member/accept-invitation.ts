import { eq, inArray } from 'drizzle-orm'
import type { z } from 'zod'
import { invitations, roles, userRoles, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import { countAttempt } from '../auth/attempts.ts'
import { hashPassword } from '../auth/password.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { recordAccess } from './access.ts'
import { checkLink, takeLink } from './link.ts'
import type { AcceptInvitation } from './schema.ts'

/** Nobody is signed in yet: the link stands in for allow(). Returns with which address to sign in. */
export async function acceptInvitation({ token, name, password }: z.output<typeof AcceptInvitation>): Promise<{ email: string }> {
  await checkLink('invite', token)
  // Only now: a token that is none cannot be guessed, and must not fill the counts.
  countAttempt(`link ${token}`)
  const passwordHash = await hashPassword(password)
  return await db.transaction(async (tx) => {
    const { id, email, owner, roleIds } = await takeLink(tx, 'invite', token)
    const [made] = await tx.insert(users).values({ email, name, passwordHash, owner }).onConflictDoNothing({ target: users.email }).returning()
    if (!made) throw new Refusal('conflict', `${email} belongs to a member already. Sign in instead.`)
    // Roles may have been removed since: what is left of them is given.
    const left = roleIds.length > 0 ? await tx.select({ roleId: roles.id }).from(roles).where(inArray(roles.id, roleIds)) : []
    if (left.length > 0) await tx.insert(userRoles).values(left.map(({ roleId }) => ({ roleId, userId: made.id })))
    await tx.update(invitations).set({ userId: made.id }).where(eq(invitations.id, id))
    const event = { kind: 'invitation accepted', actor: { ...made, kind: 'user' } } as const
    await recordEvent(tx, event)
    await recordAccess(tx, event, made, new Map())
    return { email }
  })
}
