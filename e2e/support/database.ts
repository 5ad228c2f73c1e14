import postgres from 'postgres'
import { embeddedConnection } from '../../lib/db/embedded.ts'
import { currentRun } from './run.ts'

/** The database of the Davit under test, as its superuser. */
export const openDatabase = () => postgres({ ...embeddedConnection(currentRun().data), max: 2, onnotice: () => {} })

/** As somebody would who passes by everything that guards the database. */
export function tamper(sql: postgres.Sql, work: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<unknown> {
  return sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await work(tx)
  })
}

/** For that environment the clock went on by a week: whatever happened in it happened a week earlier. */
export async function aWeekLater(sql: postgres.Sql, environment: number): Promise<void> {
  await tamper(sql, async (tx) => {
    for (const table of ['resources', 'environments']) await tx`update ${tx(table)} set created_at = created_at - interval '7 days' where id = ${environment}`
    for (const column of ['queued_at', 'started_at', 'finished_at', 'rollback_started_at', 'cancel_requested_at']) {
      await tx`update operations set ${tx(column)} = ${tx(column)} - interval '7 days' where environment_id = ${environment}`
    }
  })
}
