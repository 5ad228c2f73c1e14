import { beforeAll, describe, expect, test } from 'vitest'
import { events } from '#drizzle/schema/activity.ts'
import { db } from '../db/client.ts'
import { createOwner } from './create-owner.ts'
import { deviceToken } from '../auth/device.ts'
import { lookUpSession } from '../auth/sessions.ts'
import { generateSetupCode } from '../auth/setup-code.ts'
import { countTry, type From, signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

const ada = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }

/** As signIn does before it looks at a password, without the third of a second that takes. Null: refused. */
function guess(email: string, from: From, now?: number) {
  try {
    return countTry(email, from, now).waitMs
  } catch {
    return null
  }
}

describe('the way in', () => {
  beforeAll(async () => {
    await createOwner({ ...ada, code: await generateSetupCode() })
  })

  test('a session holds until it is ended, and signing in is activity', async () => {
    const user = await signIn(ada.email, ada.password)
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

  test('wrong guesses lock out the address they come from, and no browser elsewhere, were it new', async () => {
    const { email } = ada
    const device = deviceToken(email)
    const mallory = { address: '203.0.113.7' }
    for (let n = 0; n < 5; n++) guess(email, mallory)
    await expect(signIn(email, ada.password, mallory), 'from there').rejects.toMatchObject({ code: 'unavailable' })
    await expect(signIn(email, ada.password, { ...mallory, device: deviceToken('cy@example.org') }), 'with the cookie of another e-mail').rejects.toMatchObject({ code: 'unavailable' })
    await expect(signIn(email, ada.password, { ...mallory, device: `x${device}` }), 'with a cookie that was made up').rejects.toMatchObject({ code: 'unavailable' })
    expect(await signIn(email, ada.password, { address: '198.51.100.1' }), 'a browser that never signed in').toMatchObject({ email })
    expect(await signIn(email, ada.password, { ...mallory, device }), 'one that did, behind the same address').toMatchObject({ email })
    await expect(signIn(email, ada.password, mallory), 'who guessed is not let go on by that').rejects.toMatchObject({ code: 'unavailable' })
    for (let n = 0; n < 5; n++) guess(email, { ...mallory, device })
    await expect(signIn(email, ada.password, { ...mallory, device }), 'after five of its own').rejects.toMatchObject({ code: 'unavailable' })
  })

  test('whoever tries one password on many e-mails has to wait, and then is refused', () => {
    const waits = Array.from({ length: 40 }, (_, n) => guess(`dan-${n}@example.org`, { address: '203.0.113.8' }))
    expect(waits.slice(0, 20)).toEqual(Array(20).fill(0))
    expect(waits[20]).toBeGreaterThan(0)
    expect(waits.at(-1)).toBeNull()
    expect(guess('dan-41@example.org', { address: '198.51.100.1' }), 'elsewhere nobody waits').toBe(0)
  })

  test('guesses from many addresses slow one another down, and no browser that is known', () => {
    const email = 'eve@example.org'
    const waits = Array.from({ length: 30 }, (_, n) => guess(email, { address: `192.0.2.${n}` }))
    expect(waits.slice(0, 20)).toEqual(Array(20).fill(0))
    expect(waits[24]).toBeGreaterThan(waits[23]!)
    expect(waits.at(-1)).toBeNull()
    expect(guess(email, { address: '192.0.2.1', device: deviceToken(email) })).toBe(0)
    expect(guess('fay@example.org', { address: '198.51.100.1' }), 'another e-mail').toBe(0)
  })

  test('while some addresses, and all of one IPv6 site, guess and guess, a browser that never signed in does not even wait', () => {
    const email = 'gus@example.org'
    const addresses = Array.from({ length: 8 }, (_, n) => `10.0.${n}.1`)
    const networks = Array.from({ length: 50 }, (_, n) => `2001:db8:0:${n.toString(16)}::1`)
    // By a clock of its own, a day ahead: what it leaves behind must not make the tests before it wait.
    const begin = Date.now() + 24 * 3_600_000
    const newcomers: (number | null)[] = []
    for (let second = 0; second < 90; second++) {
      for (const address of [...addresses, ...networks]) {
        for (const guessed of [email, `hal-${second}@example.org`]) guess(guessed, { address }, begin + second * 1000)
      }
      if (second % 30 === 0) newcomers.push(guess(email, { address: `198.51.${second}.1` }, begin + second * 1000))
    }
    expect(newcomers).toEqual([0, 0, 0])
    expect(guess('ida@example.org', { address: '10.0.0.1' }, begin + 89_000), 'who guesses').toBeNull()
  })
})
