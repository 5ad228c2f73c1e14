import { and, eq, isNull, or, sql } from 'drizzle-orm'
import { roleScopes, userRoles, users } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import type { EventKind } from '../activity/event-kinds.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import type { Transaction } from '../db/client.ts'
import { scopesInWords } from '../role/schema.ts'

/** Environment id → what a member may do there, in words. */
export type Access = Map<number, string>

/** What a member may do at this moment of the transaction. */
export async function accessOf(tx: Transaction, member: number): Promise<Access> {
  const rows = await tx
    .select({ environment: environments.id, owner: users.owner, scopes: sql<string[]>`coalesce(array_agg(distinct ${roleScopes.scope}) filter (where ${roleScopes.scope} is not null), '{}')` })
    .from(environments)
    .innerJoin(users, and(eq(users.id, member), isNull(users.deactivatedAt)))
    .leftJoin(userRoles, eq(userRoles.userId, users.id))
    .leftJoin(roleScopes, and(eq(roleScopes.roleId, userRoles.roleId), eq(roleScopes.environmentId, environments.id)))
    .where(isNull(environments.deprovisionedAt))
    .groupBy(environments.id, users.owner)
    .having(or(eq(users.owner, true), sql`count(${roleScopes.scope}) > 0`))
    .orderBy(environments.id)
  return new Map(rows.map(({ environment, owner, scopes }) => [environment, owner ? 'all, as an owner' : scopesInWords(scopes)]))
}

/** Tells the activity of each environment what a member may do there from now on, where that is something else than before. */
export async function recordAccess(tx: Transaction, event: { kind: EventKind; actor: Pick<Actor, 'kind' | 'id' | 'name' | 'email'> }, member: { id: number; name: string; email: string }, before: Access): Promise<void> {
  const after = await accessOf(tx, member.id)
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((environmentId) => {
    const [was, is] = [before.get(environmentId) ?? 'none', after.get(environmentId) ?? 'none']
    return was === is ? [] : [{ ...event, environmentId, detail: `${member.name} (${member.email}): ${was} → ${is}` }]
  })
  await recordEvent(tx, changes)
}
