import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { makeLink } from './link.ts'
import type { Member } from './schema.ts'

/** A link with which a member gives themselves a new password. The old one goes on working until then. */
export async function offerReset(actor: Actor, { member }: z.output<typeof Member>): Promise<{ link: string }> {
  allow(actor, 'owner', null)
  return await db.transaction(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, member))
    if (!user) throw nothingHere()
    if (user.deactivatedAt) throw new Refusal('conflict', `${user.name} is deactivated. Activate them again first.`)
    const link = await makeLink(tx, 'reset', { email: user.email, userId: user.id, createdBy: actor.id })
    await recordEvent(tx, { kind: 'password reset offered', actor, detail: `to ${user.name} (${user.email})` })
    return { link }
  })
}
