import { and, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm'
import { roleScopes, sessions, userRoles, users } from '#drizzle/schema/access.ts'
import { environments } from '#drizzle/schema/stack.ts'
import { db, type Transaction } from '../db/client.ts'
import type { Actor } from './actor.ts'

/** What the roles add up to. Environments that were deprovisioned are for owners only. */
const scopesOfUser = sql<Actor['scopes']>`(
  select coalesce(jsonb_object_agg(environment_id, scopes), '{}') from (
    select rs.environment_id, jsonb_agg(distinct rs.scope) as scopes
    from ${userRoles} ur
    join ${roleScopes} rs on rs.role_id = ur.role_id
    join ${environments} e on e.id = rs.environment_id and e.deprovisioned_at is null
    where ur.user_id = ${users.id}
    group by rs.environment_id
  ) held)`

/** The actor of a session that has neither ended nor expired, with what they may do at this moment. */
export async function lookUpSession(id: string): Promise<Actor | null> {
  const [row] = await db
    .select({ id: users.id, name: users.name, email: users.email, owner: users.owner, scopes: scopesOfUser, unseen: sql<boolean>`${sessions.lastSeenAt} < now() - interval '1 minute'` })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt), gt(sessions.expiresAt, new Date()), isNull(users.deactivatedAt)))
  if (!row) return null
  const { unseen, ...actor } = row
  if (unseen) await markSeen(id)
  return { kind: 'user', ...actor }
}

/** Once a minute at most, so that reading does not write. */
async function markSeen(id: string): Promise<void> {
  await db
    .update(sessions)
    .set({ lastSeenAt: sql`now()` })
    .where(and(eq(sessions.id, id), lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`)))
}

/**
 * Ends one session, or all of a user except one, and says how many. What is open of them (live streams,
 * followed logs) is told when the transaction commits, and closes at once.
 */
export async function endSessions(tx: Pick<Transaction, 'update' | 'execute'>, which: { id: string } | { userId: number; except?: string }): Promise<number> {
  const those = 'id' in which ? eq(sessions.id, which.id) : and(eq(sessions.userId, which.userId), which.except ? ne(sessions.id, which.except) : undefined)
  const ended = await tx.update(sessions).set({ endedAt: new Date() }).where(and(those, isNull(sessions.endedAt), gt(sessions.expiresAt, new Date()))).returning({ id: sessions.id })
  await tellAccessChanged(tx)
  return ended.length
}

/** Whoever has a stream open looks up again what their session permits. */
export async function tellAccessChanged(tx: Pick<Transaction, 'execute'>): Promise<void> {
  await tx.execute(sql`select pg_notify('davit_access', '')`)
}

export async function hasOwner(): Promise<boolean> {
  const [row] = await db.select({ id: users.id }).from(users).where(eq(users.owner, true)).limit(1)
  return row !== undefined
}
