import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm'
import { invitations, roles, sessions, userRoles, users } from '#drizzle/schema/access.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { nothingHere } from '../refusal.ts'

const live = and(isNull(sessions.endedAt), gt(sessions.expiresAt, sql`now()`))
// Of a select from one table drizzle leaves the table’s name out; inside a subquery it is needed.
const rolesOfUser = sql<{ id: number; name: string }[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'name', r.name) order by r.name), '[]')
  from ${userRoles} ur join ${roles} r on r.id = ur.role_id where ur.user_id = users.id)`
const lastSeen = sql<string | null>`(select max(s.last_seen_at) from ${sessions} s where s.user_id = users.id)`

const member = { id: users.id, name: users.name, email: users.email, owner: users.owner, deactivatedAt: users.deactivatedAt, createdAt: users.createdAt, roles: rolesOfUser, lastSeen }

export async function listMembers(actor: Actor) {
  allow(actor, 'owner', null)
  const rows = await db.select(member).from(users).orderBy(sql`${users.deactivatedAt} is not null`, asc(users.name), asc(users.id))
  return rows.map(shown)
}

export async function findMember(actor: Actor, id: number) {
  allow(actor, 'owner', null)
  const [row] = await db.select(member).from(users).where(eq(users.id, id))
  if (!row) throw nothingHere()
  return { ...shown(row), sessions: await listSessions(id) }
}

function shown<Row extends { lastSeen: string | null }>({ lastSeen: seen, ...rest }: Row) {
  return { ...rest, lastSeenAt: seen === null ? null : new Date(seen) }
}

/** Links that still work. */
export async function listInvitations(actor: Actor) {
  allow(actor, 'owner', null)
  return await db
    .select({ id: invitations.id, kind: invitations.kind, email: invitations.email, owner: invitations.owner, createdAt: invitations.createdAt, expiresAt: invitations.expiresAt, createdBy: users.name })
    .from(invitations)
    .leftJoin(users, eq(users.id, invitations.createdBy))
    .where(and(isNull(invitations.usedAt), isNull(invitations.withdrawnAt), gt(invitations.expiresAt, sql`now()`)))
    .orderBy(desc(invitations.id))
}

/** What one sees of oneself. */
export async function readOwnAccount(actor: Actor) {
  allow(actor, 'read', null)
  if (actor.id === null) throw nothingHere()
  const [row] = await db.select(member).from(users).where(eq(users.id, actor.id))
  if (!row) throw nothingHere()
  return { ...shown(row), sessions: await listSessions(actor.id) }
}

export type SessionView = Awaited<ReturnType<typeof listSessions>>[number]

async function listSessions(userId: number) {
  return await db
    .select({ id: sessions.id, userAgent: sessions.userAgent, createdAt: sessions.createdAt, lastSeenAt: sessions.lastSeenAt, expiresAt: sessions.expiresAt })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), live))
    .orderBy(desc(sessions.lastSeenAt))
}
