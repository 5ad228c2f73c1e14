import { eq } from 'drizzle-orm'
import type { z } from 'zod'
import { roles, userRoles } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { tellAccessChanged } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { concernedBy, whoHas } from './concerned.ts'
import type { CreateRole, RemoveRole, RenameRole } from './schema.ts'

export async function createRole(actor: Actor, { name }: z.output<typeof CreateRole>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    await tx.insert(roles).values({ name }).catch(sayTaken(name))
    await recordEvent(tx, { kind: 'role created', actor, detail: name })
  })
}

export async function renameRole(actor: Actor, { role, name }: z.output<typeof RenameRole>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const [before] = await tx.select().from(roles).where(eq(roles.id, role)).for('update')
    if (!before) throw nothingHere()
    if (before.name === name) return
    await tx.update(roles).set({ name }).where(eq(roles.id, role)).catch(sayTaken(name))
    const event = { kind: 'role changed', actor, detail: `${before.name} is now called ${name}` } as const
    await recordEvent(tx, [event, ...(await concernedBy(tx, role)).map(({ environmentId }) => ({ ...event, environmentId }))])
  })
}

/** Whoever has it loses what it gave, from their next request on. */
export async function removeRole(actor: Actor, { role }: z.output<typeof RemoveRole>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const [before] = await tx.select().from(roles).where(eq(roles.id, role)).for('update')
    if (!before) throw nothingHere()
    const members = await tx.$count(userRoles, eq(userRoles.roleId, role))
    const [concerned, who] = [await concernedBy(tx, role), await whoHas(tx, role)]
    await tx.delete(roles).where(eq(roles.id, role))
    const event = { kind: 'role removed', actor } as const
    await recordEvent(tx, [
      { ...event, detail: `${before.name}, which ${members === 1 ? '1 member' : `${members} members`} had` },
      ...concerned.map(({ environmentId, held }) => ({ ...event, environmentId, detail: `${before.name}: ${held} → none${who}` })),
    ])
    await tellAccessChanged(tx)
  })
}

/** Two owners who choose a name at once: the unique index decides, and this says so. */
function sayTaken(name: string): (error: unknown) => never {
  return (error) => {
    const { cause = error } = error as { cause?: unknown }
    if ((cause as { code?: unknown }).code !== '23505') throw error
    throw new Refusal('conflict', `There is a role called ${name} already.`, { name: 'taken' })
  }
}
