import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { roles, userRoles, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { tellAccessChanged } from '../auth/sessions.ts'
import { db, type Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { accessOf, recordAccess } from './access.ts'
import { namesOfRoles } from './invite.ts'
import type { ChangeMember } from './schema.ts'

/** Gives a member these roles and no others, and says whether they are an owner. It holds from their next request on. */
export async function changeMember(actor: Actor, { member, owner, roles: roleIds }: z.output<typeof ChangeMember>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const user = await lockMember(tx, member)
    if (user.owner && !owner) await refuseLastOwner(tx, user)
    const after = await namesOfRoles(tx, roleIds)
    const before = (await tx.select({ name: roles.name }).from(userRoles).innerJoin(roles, eq(roles.id, userRoles.roleId)).where(eq(userRoles.userId, member)).orderBy(roles.name)).map(({ name }) => name).join(', ')
    const access = await accessOf(tx, member)
    await tx.update(users).set({ owner }).where(eq(users.id, member))
    await tx.delete(userRoles).where(eq(userRoles.userId, member))
    if (roleIds.length > 0) await tx.insert(userRoles).values([...new Set(roleIds)].map((roleId) => ({ roleId, userId: member })))
    const changes = [
      ...(before === after ? [] : [`roles: ${before || 'none'} → ${after || 'none'}`]),
      ...(user.owner === owner ? [] : [owner ? 'now an owner' : 'no longer an owner']),
    ]
    if (changes.length === 0) return
    await recordEvent(tx, { kind: 'member changed', actor, detail: `${user.name} (${user.email}): ${changes.join('; ')}` })
    await recordAccess(tx, { kind: 'member changed', actor }, user, access)
    await tellAccessChanged(tx)
  })
}

/** All owners are locked, in id order, before one of them is anything else: two at once cannot leave none. */
export async function lockMember(tx: Transaction, id: number) {
  await tx.select({ id: users.id }).from(users).where(eq(users.owner, true)).orderBy(users.id).for('update')
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update')
  if (!user) throw nothingHere()
  return user
}

export async function refuseLastOwner(tx: Transaction, { id, name }: { id: number; name: string }): Promise<void> {
  const owners = await tx.select({ id: users.id }).from(users).where(and(eq(users.owner, true), isNull(users.deactivatedAt)))
  if (owners.some((owner) => owner.id !== id)) return
  throw new Refusal('conflict', `${name} is the last owner. Make somebody else an owner first.`)
}
