import type postgres from 'postgres'
import type { Sql } from '../db/client.ts'

type Tx = postgres.TransactionSql

/**
 * Locks the resources an operation holds, in id order; whoever ends one does this first, because its end hands
 * them on (trigger `operations_let_go`). The order everywhere is resource → operation → step; with it no two
 * transactions of the runner can wait for each other.
 */
export function lockHeldResources(sql: Sql | Tx, operationId: number) {
  return sql`
    select r.id from resources r join holds h on h.resource_id = r.id
    where h.operation_id = ${operationId} order by r.id for update of r`
}
