import { and, eq, inArray } from 'drizzle-orm'
import type { z } from 'zod'
import { roles, roleScopes } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { tellAccessChanged } from '../auth/sessions.ts'
import { db, type Transaction } from '../db/client.ts'
import { nothingHere, Refusal } from '../refusal.ts'
import { whoHas } from './concerned.ts'
import { administered } from './queries.ts'
import { scopesInWords, type SetScopes } from './schema.ts'

/** What a role permits in one environment, and nothing about any other. It holds from the next request on. */
export async function setScopes(actor: Actor, { role, environment, scopes }: z.output<typeof SetScopes>): Promise<void> {
  allow(actor, 'admin', environment)
  await db.transaction(async (tx) => {
    const [place] = await tx.select().from(environments).where(eq(environments.id, environment))
    if (!place) throw nothingHere()
    if (place.deprovisionedAt) throw new Refusal('conflict', `${place.handle} has been deprovisioned.`)
    const [row] = await tx.select().from(roles).where(eq(roles.id, role)).for('update')
    if (!row || !(await isShown(tx, actor, role))) throw new Refusal('conflict', 'There is no such role, or none that holds anything in an environment you administer. Reload the page.')
    const mine = and(eq(roleScopes.roleId, role), eq(roleScopes.environmentId, environment))
    const before = (await tx.select({ scope: roleScopes.scope }).from(roleScopes).where(mine)).map(({ scope }) => scope)
    if (scopesInWords(before) === scopesInWords(scopes)) return
    await tx.delete(roleScopes).where(mine)
    if (scopes.length > 0) await tx.insert(roleScopes).values([...new Set(scopes)].map((scope) => ({ roleId: role, environmentId: environment, scope })))
    await recordEvent(tx, { kind: 'role changed', actor, environmentId: environment, detail: `${row.name}: ${scopesInWords(before)} → ${scopesInWords(scopes)}${await whoHas(tx, role)}` })
    await tellAccessChanged(tx)
  })
}

/** As on the page: a role that concerns only other environments does not exist for an admin of this one. */
async function isShown(tx: Transaction, actor: Actor, role: number): Promise<boolean> {
  const mine = administered(actor)
  return mine === 'all' || (await tx.$count(roleScopes, and(eq(roleScopes.roleId, role), inArray(roleScopes.environmentId, mine)))) > 0
}
