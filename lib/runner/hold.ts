import type postgres from 'postgres'
import type { Sql } from '../db/client.ts'

type Tx = postgres.TransactionSql

/**
 * Locks the resources that these operations hold, in id order; whoever ends one does this first, because its end
 * hands them on (trigger `operations_let_go`). The order everywhere is resource → operation → step; with it no two
 * transactions of the runner can wait for each other.
 * @param operations SQL of their ids
 */
export function lockHeldResources(sql: Sql | Tx, operations: postgres.PendingQuery<postgres.Row[]>, whenLocked: 'wait' | 'pass over' = 'wait') {
  return sql`
    select r.id from resources r
    where r.id in (select resource_id from holds where operation_id in (${operations}))
    order by r.id for update of r ${whenLocked === 'wait' ? sql`` : sql`skip locked`}`
}
