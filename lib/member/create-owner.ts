import { sql } from 'drizzle-orm'
import type { z } from 'zod'
import { users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { hashPassword } from '../auth/password.ts'
import { checkSetupCode, removeSetupCode } from '../auth/setup-code.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import type { CreateOwner } from './schema.ts'

/** The first visit. Nobody is signed in yet: the one-time code stands in for allow(). */
export async function createOwner({ code, name, email, password }: z.output<typeof CreateOwner>): Promise<Actor> {
  // Its sixteen characters cannot be guessed; a count would let whoever tries lock out who has it.
  if (!(await checkSetupCode(code))) {
    throw new Refusal('invalid', 'That is not the code.', { code: 'the start command prints a new one each time it starts' })
  }
  const passwordHash = await hashPassword(password)
  const owner = await db.transaction(async (tx) => {
    // Two first visits at once: the second waits here, and then sees the owner.
    await tx.execute(sql`lock table ${users} in share row exclusive mode`)
    const [other] = await tx.select({ id: users.id }).from(users).limit(1)
    if (other) throw new Refusal('conflict', 'There is an owner already. Sign in instead.')
    const [made] = await tx.insert(users).values({ email, name, passwordHash, owner: true }).returning()
    if (!made) throw new Error('the insert returned no row')
    await recordEvent(tx, { kind: 'owner created', actor: { ...made, kind: 'user' } })
    return made
  })
  await removeSetupCode()
  return { kind: 'user', id: owner.id, name, email, owner: true, scopes: {} }
}
