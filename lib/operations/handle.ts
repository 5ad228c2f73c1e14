import { and, eq, isNull, ne, type SQL } from 'drizzle-orm'
import { apps } from '#drizzle/schema/app.ts'
import { resources } from '#drizzle/schema/resource.ts'
import { environments, stacks } from '#drizzle/schema/stack.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

type Named = typeof stacks | typeof environments | typeof apps

/** Tells at once what the unique index would tell when the step runs. */
export async function refuseTaken(tx: Transaction, table: Named, handle: string, except = 0, within?: SQL): Promise<void> {
  const [taken] = await tx
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.handle, handle), isNull(table.deprovisionedAt), ne(table.id, except), within))
  if (taken) throw new Refusal('conflict', `There is one called ${handle} already.`, { handle: 'taken' })
}

/** A destructive form asks for the handle. */
export function refuseUnconfirmed(confirm: string, handle: string): void {
  if (confirm.trim() !== handle) throw new Refusal('invalid', `Type ${handle} to confirm.`, { confirm: `type ${handle}` })
}

/** Renames the resource with the thing itself: what is recorded from now on bears the new handle. */
export async function renameResource(tx: Transaction, resourceId: number, handle: string): Promise<void> {
  await tx.update(resources).set({ handle }).where(eq(resources.id, resourceId))
}

/** Two who ask at the same moment both pass the check; the unique index decides, and this says so in words. */
export function sayTaken(handle: string): (error: unknown) => never {
  return (error) => {
    const { cause = error } = error as { cause?: unknown }
    if ((cause as { code?: unknown }).code !== '23505') throw error
    throw new Refusal('conflict', `There is one called ${handle} already.`, { handle: 'taken' })
  }
}
