import { and, eq, gt, isNull } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/access.ts'
import { db } from '../db/client.ts'
import type { Actor } from './actor.ts'

/** The actor of a session that has neither ended nor expired. */
export async function lookUpSession(id: string): Promise<Actor | null> {
  const [row] = await db
    .select({ id: users.id, name: users.name, email: users.email, owner: users.owner })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, id), isNull(sessions.endedAt), gt(sessions.expiresAt, new Date())))
  return row ? { kind: 'user', ...row } : null
}

export async function endSession(id: string): Promise<void> {
  await db.update(sessions).set({ endedAt: new Date() }).where(and(eq(sessions.id, id), isNull(sessions.endedAt)))
}

export async function hasOwner(): Promise<boolean> {
  const [row] = await db.select({ id: users.id }).from(users).where(eq(users.owner, true)).limit(1)
  return row !== undefined
}
