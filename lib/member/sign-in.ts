import { setTimeout as delay } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { sessions, users } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import { countAttempt, type Counted, waitFor } from '../auth/attempts.ts'
import { networkOf, siteOf } from '../auth/client-address.ts'
import { lookUpDevice } from '../auth/device.ts'
import { verifyPassword } from '../auth/password.ts'
import { db } from '../db/client.ts'

export const sessionDays = 30
const userAgentChars = 300

/** Whose tries are counted together, and how soon they have to wait. A person who mistypes meets none of these; a right password counts for nothing. */
const paces = {
  address: (network: string) => ({ key: `address ${network}`, burst: 20, everyMs: 2000 }),
  email: (email: string) => ({ key: `e-mail ${email}`, burst: 20, everyMs: 3000 }),
  // Each try costs memory and a third of a second.
  strangers: { key: 'strangers', burst: 50, everyMs: 1200 },
  // As many turns again are kept for the first tries of a site: those who go on guessing have soon had theirs.
  newcomers: { key: 'newcomers', burst: 50, everyMs: 1200 },
  site: (site: string) => ({ key: `site ${site}`, burst: 3, everyMs: 600_000 }),
  known: { key: 'known browsers', burst: 100, everyMs: 600 },
}

export interface From {
  userAgent?: string
  /** The token of a browser that signed in before; it has a count of its own. */
  device?: string
  /** Of the client, as far as it is known. */
  address?: string
}

/**
 * Null when e-mail and password do not belong together, or the member was deactivated; it does not say
 * which of them it is.
 * @throws Refusal `unavailable` after too many tries.
 */
export async function signIn(email: string, password: string, from: From = {}) {
  const { waitMs, giveBack } = countTry(email, from)
  if (waitMs > 0) await delay(waitMs)
  const [user] = await db.select().from(users).where(eq(users.email, email))
  const right = await verifyPassword(password, user?.passwordHash ?? null)
  if (!user || !right || user.deactivatedAt) {
    // What was typed into the field may be a password that slipped: only an address of ours is kept.
    await recordEvent(db, { kind: 'sign-in failed', actor: { kind: 'user', id: null, name: user?.name ?? 'somebody', email: user?.email ?? null } })
    return null
  }
  giveBack()
  return await db.transaction(async (tx) => {
    const expiresAt = new Date(Date.now() + sessionDays * 24 * 3600 * 1000)
    const [session] = await tx.insert(sessions).values({ userId: user.id, expiresAt, userAgent: (from.userAgent ?? '').slice(0, userAgentChars) }).returning()
    await recordEvent(tx, { kind: 'signed in', actor: { ...user, kind: 'user' } })
    return session ? { id: String(user.id), name: user.name, email: user.email, sessionId: session.id } : null
  })
}

/**
 * Wrong guesses lock out the address they come from, for that e-mail, and nobody else: neither browsers that know the way nor
 * those at other addresses. Guesses from many addresses make one another wait, and newcomers only when dozens of sites guess at once.
 */
export function countTry(email: string, { device = '', address = '' }: From, now = Date.now()): Counted {
  const known = lookUpDevice(device, email)
  if (known) return countAttempt(`browser ${known}`, [paces.known], now)
  const [network, site] = [networkOf(address), paces.site(siteOf(address))]
  const shared = waitFor(site, now) === 0 ? [site, paces.newcomers] : [paces.email(email), paces.strangers]
  return countAttempt(`${email} from ${network}`, [paces.address(network), ...shared], now)
}
