import { count } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { users } from '#drizzle/schema/access.ts'
import { events } from '#drizzle/schema/activity.ts'
import { db } from '../db/client.ts'
import { createOwner } from './create-owner.ts'
import { countAttempt } from '../auth/attempts.ts'
import { deviceToken } from '../auth/device.ts'
import { hasOwner, lookUpSession } from '../auth/sessions.ts'
import { generateSetupCode } from '../auth/setup-code.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

const ada = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }

/** As signIn does before it looks at a password, without the third of a second that takes. */
function countGuess(email: string) {
  try {
    countAttempt(email)
  } catch {
    // The tests before have used some of the hundred.
  }
}

describe('the way in', () => {
  test('a wrong code makes no owner', async () => {
    await generateSetupCode()
    await expect(createOwner({ ...ada, code: 'AAAA-BBBB-CCCC-DDDD' })).rejects.toMatchObject({ code: 'invalid', fields: { code: expect.any(String) } })
    expect(await hasOwner()).toBe(false)
  })

  test('of two first visits at once one makes the owner', async () => {
    const code = await generateSetupCode()
    const answers = await Promise.allSettled([createOwner({ ...ada, code: code.toLowerCase() }), createOwner({ ...ada, email: 'bea@example.org', code })])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await db.select({ n: count() }).from(users)).toEqual([{ n: 1 }])
  })

  test('the code is gone once there is an owner', async () => {
    await expect(createOwner({ ...ada, email: 'cy@example.org', code: 'AAAA' })).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a session holds until it is ended, and signing in is activity', async () => {
    const [owner] = await db.select().from(users)
    const user = await signIn(owner!.email, ada.password)
    expect(await lookUpSession(user!.sessionId)).toMatchObject({ name: 'Ada', owner: true })
    await signOut(user!.sessionId)
    await signOut(user!.sessionId)
    expect(await lookUpSession(user!.sessionId)).toBeNull()
    expect((await db.select({ kind: events.kind }).from(events)).map(({ kind }) => kind)).toEqual(['owner created', 'signed in', 'signed out'])
  })

  test('a wrong password and an unknown e-mail are told apart by nobody, and the sixth try is refused', async () => {
    for (let n = 0; n < 5; n++) expect(await signIn('nobody@example.org', 'x')).toBeNull()
    await expect(signIn('nobody@example.org', 'x')).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a stranger who guesses does not lock out a browser that signed in before', async () => {
    const [owner] = await db.select().from(users)
    const email = owner!.email
    const device = deviceToken(email)
    for (let n = 0; n < 100; n++) countGuess(n < 5 ? email : `stranger-${n}@example.org`)
    await expect(signIn(email, ada.password), 'from anywhere else').rejects.toMatchObject({ code: 'unavailable' })
    await expect(signIn(email, ada.password, '', deviceToken('cy@example.org')), 'with the cookie of another e-mail').rejects.toMatchObject({ code: 'unavailable' })
    await expect(signIn(email, ada.password, '', `x${device}`), 'with a cookie that was made up').rejects.toMatchObject({ code: 'unavailable' })
    expect(await signIn(email, ada.password, '', device)).toMatchObject({ email })
    await expect(signIn(email, ada.password), 'the stranger is not let go on by that').rejects.toMatchObject({ code: 'unavailable' })
    for (let n = 0; n < 5; n++) expect(await signIn(email, 'x', '', device)).toBeNull()
    await expect(signIn(email, ada.password, '', device), 'after five of its own').rejects.toMatchObject({ code: 'unavailable' })
  })
})
