import type postgres from 'postgres'
import type { Sql } from '../db/client.ts'

type Tx = postgres.TransactionSql

/**
 * Locks the resources an operation holds, in id order. The order everywhere is resource → operation →
 * step; with it no two transactions of the runner can wait for each other.
 */
export function lockHeldResources(sql: Sql | Tx, operationId: number, needed: boolean) {
  return sql`
    select r.id from resources r join holds h on h.resource_id = r.id
    where h.operation_id = ${operationId} and ${needed} order by r.id for update of r`
}

/** Lets go of what an operation held, once it has ended, and hands on to those whose turn has come: statements to be sent in this order. */
export function handOn(tx: Tx, operationId: number): PromiseLike<unknown>[] {
  return [
    tx`update holds set state = 'released' where operation_id = ${operationId} and exists (select from operations where id = ${operationId} and finished_at is not null)`,
    tx`select grant_next(array(select resource_id from holds where operation_id = ${operationId} and state = 'released'))`,
  ]
}
