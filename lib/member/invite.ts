import { eq, inArray } from 'drizzle-orm'
import type { z } from 'zod'
import { roles, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db, type Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import { makeLink } from './link.ts'
import type { InviteMember } from './schema.ts'

/** Returns the link, which the owner hands over as they see fit: Davit sends no mail. */
export async function inviteMember(actor: Actor, { email, owner, roles: roleIds }: z.output<typeof InviteMember>): Promise<{ link: string }> {
  allow(actor, 'owner', null)
  return await db.transaction(async (tx) => {
    const [known] = await tx.select().from(users).where(eq(users.email, email))
    if (known?.deactivatedAt) throw new Refusal('conflict', `${known.name} was a member and is deactivated. Activate them again instead.`, { email: 'of a deactivated member' })
    if (known) throw new Refusal('conflict', `${known.name} is a member already.`, { email: 'of a member' })
    const names = await namesOfRoles(tx, roleIds)
    const link = await makeLink(tx, 'invite', { email, owner, roleIds, createdBy: actor.id })
    await recordEvent(tx, { kind: 'member invited', actor, detail: `${email}, as ${owner ? 'an owner' : names || 'a member without a role'}` })
    return { link }
  })
}

/** @throws Refusal `conflict` when one of them has been removed meanwhile. */
export async function namesOfRoles(tx: Transaction, roleIds: number[]): Promise<string> {
  const found = roleIds.length > 0 ? await tx.select({ name: roles.name }).from(roles).where(inArray(roles.id, roleIds)).orderBy(roles.name) : []
  if (found.length < new Set(roleIds).size) throw new Refusal('conflict', 'One of these roles has just been removed. Reload the page.')
  return found.map(({ name }) => name).join(', ')
}
