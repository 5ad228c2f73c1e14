import { and, eq, isNull, or } from 'drizzle-orm'
import type { z } from 'zod'
import { invitations, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { endSessions } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { accessOf, recordAccess } from './access.ts'
import { lockMember, refuseLastOwner } from './change-member.ts'
import type { Member } from './schema.ts'

/** Ends their sessions at once and lets them in no more. What they did keeps their name, and their roles wait for them. */
export async function deactivateMember(actor: Actor, { member }: z.output<typeof Member>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const user = await lockMember(tx, member)
    if (user.deactivatedAt) return
    if (user.owner) await refuseLastOwner(tx, user)
    const access = await accessOf(tx, member)
    await tx.update(users).set({ deactivatedAt: new Date() }).where(eq(users.id, member))
    // Links for them, and links by them: somebody who may not come in lets nobody in.
    const theirs = or(eq(invitations.userId, member), eq(invitations.createdBy, member))
    await tx.update(invitations).set({ withdrawnAt: new Date() }).where(and(theirs, isNull(invitations.usedAt), isNull(invitations.withdrawnAt)))
    const ended = await endSessions(tx, { userId: member })
    await recordEvent(tx, { kind: 'member changed', actor, detail: `${user.name} (${user.email}): deactivated; ${ended === 1 ? '1 session' : `${ended} sessions`} ended` })
    await recordAccess(tx, { kind: 'member changed', actor }, user, access)
  })
}

export async function activateMember(actor: Actor, { member }: z.output<typeof Member>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const user = await lockMember(tx, member)
    if (!user.deactivatedAt) return
    await tx.update(users).set({ deactivatedAt: null }).where(eq(users.id, member))
    await recordEvent(tx, { kind: 'member changed', actor, detail: `${user.name} (${user.email}): active again` })
    await recordAccess(tx, { kind: 'member changed', actor }, user, new Map())
  })
}
