import { and, eq, ne, sql as fragment } from 'drizzle-orm'
import { holds } from '#drizzle/schema/hold.ts'
import type { Transaction } from '../db/client.ts'
import { Refusal } from '../refusal.ts'

/** A handle or an address as holds list it: kind, place and name in one text. */
export type Name = `${'stack' | 'environment' | 'host' | 'port'} ${string}` | `${'app' | 'database'} ${number} ${string}`

export const addressName = ({ host, port }: { host: string | null; port: number | null }): Name => (host !== null ? `host ${host}` : `port ${port}`)

/**
 * Keeps names for the operation that gives them up, in the transaction that does: until it has ended, and while it
 * blocks something, nobody else may take them, so that its rollback can put them back.
 */
export async function giveUp(tx: Transaction, operation: { id: number; resourceId: number }, names: Name[]): Promise<void> {
  const array = fragment`${`{${names.map((name) => JSON.stringify(name)).join(',')}}`}::text[]`
  await tx
    .update(holds)
    .set({ givesUp: fragment`array(select distinct unnest(${holds.givesUp} || ${array}))` })
    .where(and(eq(holds.operationId, operation.id), eq(holds.resourceId, operation.resourceId)))
}

/** Still kept: the operation has not ended, or it blocks what it was on. */
const kept = fragment`${holds.givesUp} <> '{}' and (${holds.state} <> 'released' or exists (
  select from blocks b where b.operation_id = ${holds.operationId} and b.resource_id = ${holds.resourceId} and b.lifted_at is null))`

export async function listGivenUp(tx: Transaction): Promise<string[]> {
  const rows = await tx.select({ names: holds.givesUp }).from(holds).where(kept)
  return rows.flatMap(({ names }) => names)
}

/**
 * Called after the name was taken, in the same transaction: of two at the same moment the second waits at the
 * unique index or the addresses' lock for the first to commit, and sees only then what that gave up.
 */
export async function refuseGivenUp(tx: Transaction, name: Name, field: string, except = 0): Promise<void> {
  const [found] = await tx
    .select({ operation: holds.operationId })
    .from(holds)
    .where(and(kept, fragment`${holds.givesUp} @> array[${name}]`, ne(holds.resourceId, except)))
    .limit(1)
  if (!found) return
  const shown = name.split(' ').at(-1)
  throw new Refusal('conflict', `Operation ${found.operation} gives ${shown} up and may have to put it back. Take another one, or try again once it has ended and blocks nothing.`, {
    [field]: 'may have to be put back',
  })
}
