import type postgres from 'postgres'

type Tx = postgres.TransactionSql

/**
 * Locks the resources an operation holds, in id order. The order everywhere is resource → operation →
 * step; with it no two transactions of the runner can wait for each other.
 */
export async function lockHeldResources(tx: Tx, operationId: number): Promise<number[]> {
  const rows = await tx<{ id: string }[]>`
    select r.id from resources r join holds h on h.resource_id = r.id
    where h.operation_id = ${operationId} order by r.id for update of r`
  return rows.map((row) => Number(row.id))
}

/** Lets go of what an ended operation held, and hands on to those whose turn has come: statements to be sent in this order. */
export function handOn(tx: Tx, operationId: number, resourceIds: number[]): PromiseLike<unknown>[] {
  return [
    tx`update holds set state = 'released' where operation_id = ${operationId}`,
    tx`select grant_next(${resourceIds}::bigint[])`,
  ]
}
