import { sql } from 'drizzle-orm'
import { db, type Transaction } from '../db/client.ts'

export interface LinkedApp {
  id: number
  handle: string
  variable: string
}

/** Apps whose configuration in force links to it, or of which the one that waits for the first release does. */
export async function listLinkedApps(databaseId: number, from: Pick<Transaction, 'execute'> = db): Promise<LinkedApp[]> {
  const rows = await from.execute<{ id: number; handle: string; variable: string }>(sql`
    select a.id::int, a.handle, link.key as variable
    from databases d
    join apps a on a.environment_id = d.environment_id and a.deprovisioned_at is null
    left join releases r on r.id = a.current_release_id
    join configurations c on c.id = coalesce(r.configuration_id, (select max(id) from configurations where app_id = a.id))
    cross join lateral jsonb_each(c.links) link
    where d.id = ${databaseId} and link.value = to_jsonb(d.id)
    order by a.handle, link.key`)
  return [...rows]
}
