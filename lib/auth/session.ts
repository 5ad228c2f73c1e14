import { decode } from 'next-auth/jwt'
import { cookies } from 'next/headers'
import { cache } from 'react'
import { Refusal } from '../refusal.ts'
import type { Actor } from './actor.ts'
import { sessionCookie, sessionSecret } from './session-cookie.ts'
import { lookUpSession } from './sessions.ts'

/** The id in the signed cookie, whether or not that session still holds. */
export async function sessionId(): Promise<string | null> {
  const token = (await cookies()).get(sessionCookie)?.value
  if (!token) return null
  const claims = await decode({ token, secret: sessionSecret() }).catch(() => null)
  return claims?.sessionId ?? null
}

/** Looked up once per request, so that a session that was ended ends at once. */
export const lookUpActor = cache(async (): Promise<Actor | null> => {
  const id = await sessionId()
  return id ? await lookUpSession(id) : null
})

/** @throws Refusal `forbidden` when nobody is signed in. */
export async function findActor(): Promise<Actor> {
  const actor = await lookUpActor()
  if (!actor) throw new Refusal('forbidden', 'Your session has ended. Sign in again.')
  return actor
}
