import { createHash, randomBytes } from 'node:crypto'
import { and, eq, gt, isNull } from 'drizzle-orm'
import { invitations } from '#drizzle/schema/access.ts'
import { config } from '../config.ts'
import { db, type Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

type Kind = 'invite' | 'reset'
type Invitation = typeof invitations.$inferSelect

/** How long a link works. */
const hoursOf: Record<Kind, number> = { invite: 7 * 24, reset: 24 }

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** Records a link and returns it, once: of its token only the hash is kept. It stands behind #, so that no server, log or referrer gets it. */
export async function makeLink(tx: Transaction, kind: Kind, values: Pick<Invitation, 'email' | 'createdBy'> & Partial<Pick<Invitation, 'userId' | 'owner' | 'roleIds'>>): Promise<string> {
  // A newer link takes the place of an older one.
  await tx
    .update(invitations)
    .set({ withdrawnAt: new Date() })
    .where(and(eq(invitations.email, values.email), isNull(invitations.usedAt), isNull(invitations.withdrawnAt)))
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + hoursOf[kind] * 3_600_000)
  await tx.insert(invitations).values({ ...values, kind, tokenHash: hashOf(token), expiresAt })
  return new URL(`/invitation#${kind}.${token}`, config.url).href
}

/** Tells early, before a password is hashed, what `takeLink` would refuse. */
export async function checkLink(kind: Kind, token: string): Promise<void> {
  const [row] = await db.select().from(invitations).where(and(eq(invitations.tokenHash, hashOf(token)), eq(invitations.kind, kind)))
  const why = whyNot(row)
  if (why) throw new Refusal('conflict', why)
}

/** One conditional update: of two who use a link at once, one waits here, and is then refused. */
export async function takeLink(tx: Transaction, kind: Kind, token: string): Promise<Invitation> {
  const mine = and(eq(invitations.tokenHash, hashOf(token)), eq(invitations.kind, kind))
  const [taken] = await tx
    .update(invitations)
    .set({ usedAt: new Date() })
    .where(and(mine, isNull(invitations.usedAt), isNull(invitations.withdrawnAt), gt(invitations.expiresAt, new Date())))
    .returning()
  if (taken) return taken
  const [row] = await tx.select().from(invitations).where(mine)
  throw new Refusal('conflict', whyNot(row) ?? 'This link cannot be used. Ask an owner for a new one.')
}

function whyNot(row: Invitation | undefined): string | null {
  if (!row) return 'This link is not one of Davit’s, or was copied in part. Ask an owner for a new one.'
  if (row.usedAt) return 'This link has been used already; it works once. Sign in, or ask an owner for a new one.'
  if (row.withdrawnAt) return 'This link was withdrawn, or a newer one has taken its place. Ask an owner.'
  if (row.expiresAt.getTime() <= Date.now()) return 'This link has expired. Ask an owner for a new one.'
  return null
}
