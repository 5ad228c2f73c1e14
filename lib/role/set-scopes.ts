import { and, eq } from 'drizzle-orm'
import type { z } from 'zod'
import { roles, roleScopes } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { tellAccessChanged } from '../auth/sessions.ts'
import { db } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { scopes as known, type SetScopes } from './schema.ts'

/** What a role permits in one environment, and nothing about any other. It holds from the next request on. */
export async function setScopes(actor: Actor, { role, environment, scopes }: z.output<typeof SetScopes>): Promise<void> {
  allow(actor, 'admin', environment)
  await db.transaction(async (tx) => {
    const [place] = await tx.select().from(environments).where(eq(environments.id, environment))
    if (!place) throw nothingHere()
    if (place.deprovisionedAt) throw new Refusal('conflict', `${place.handle} has been deprovisioned.`)
    const [row] = await tx.select().from(roles).where(eq(roles.id, role)).for('update')
    if (!row) throw new Refusal('conflict', 'This role has just been removed. Reload the page.')
    const mine = and(eq(roleScopes.roleId, role), eq(roleScopes.environmentId, environment))
    const before = (await tx.select({ scope: roleScopes.scope }).from(roleScopes).where(mine)).map(({ scope }) => scope)
    if (sentence(before) === sentence(scopes)) return
    await tx.delete(roleScopes).where(mine)
    if (scopes.length > 0) await tx.insert(roleScopes).values([...new Set(scopes)].map((scope) => ({ roleId: role, environmentId: environment, scope })))
    await recordEvent(tx, { kind: 'role changed', actor, environmentId: environment, detail: `${row.name}: ${sentence(before)} → ${sentence(scopes)}` })
    await tellAccessChanged(tx)
  })
}

/** In the order of the page, whatever order they came in. */
function sentence(held: readonly string[]): string {
  return known.filter(({ scope }) => held.includes(scope)).map(({ scope }) => scope).join(', ') || 'none'
}
