import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { invitations } from '#drizzle/schema/access.ts'
import { recordEvent } from '../activity/record-event.ts'
import type { Actor } from '../auth/actor.ts'
import { allow } from '../auth/allow.ts'
import { db } from '../db/client.ts'
import { Refusal } from '../refusal.ts'
import type { WithdrawInvitation } from './schema.ts'

export async function withdrawInvitation(actor: Actor, { invitation }: z.output<typeof WithdrawInvitation>): Promise<void> {
  allow(actor, 'owner', null)
  await db.transaction(async (tx) => {
    const [row] = await tx
      .update(invitations)
      .set({ withdrawnAt: new Date() })
      .where(and(eq(invitations.id, invitation), isNull(invitations.usedAt), isNull(invitations.withdrawnAt)))
      .returning()
    if (!row) throw new Refusal('conflict', 'This link has been used or withdrawn meanwhile.')
    await recordEvent(tx, { kind: 'invitation withdrawn', actor, detail: row.kind === 'invite' ? row.email : `${row.email}, for a new password` })
  })
}
