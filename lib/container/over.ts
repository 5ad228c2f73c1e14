import { sql } from 'drizzle-orm'
import { db } from '../db/client.ts'
import type { ContainerName, ContainerState } from '../drivers/driver.ts'

/**
 * Those that nobody may make or adopt any more, now or later: no row wants them, and the operation of their name, whose
 * fence is theirs or higher, has undone the step that makes them, or has ended and left them to nobody. By a lower fence
 * alone nothing is over: whoever took over adopts by its name what a dead runner made, until that is undone.
 */
export async function findOver(listed: ContainerState[]): Promise<Set<ContainerName>> {
  if (listed.length === 0) return new Set()
  const asked = JSON.stringify(listed.map(({ name, owner, fence }) => ({ name, owner, fence, operation: operationOf(name) })))
  const rows = await db.execute<{ name: string }>(sql`
    select one.name from jsonb_to_recordset(${asked}::jsonb) as one(name text, owner bigint, fence bigint, operation bigint)
    join operations o on o.id = one.operation and o.fence >= one.fence
    where not exists (select from containers where name = one.name and phase <> 'unwanted') and case
      when o.finished_at is null then exists (
        select from steps where operation_id = o.id and direction = 'compensate' and state = 'succeeded' and names ? one.name)
      else not exists (select from blocks where resource_id = one.owner and lifted_at is null)
        -- Another may have stopped what was in force, and start it again; of what came to nothing, only a rollback that is tried again.
        and not exists (
          select from operations other where finished_at is null and one.owner in (other.resource_id, other.app_id)
            and (o.status = 'succeeded' or other.passes_blocks))
    end`)
  return new Set(rows.map(({ name }) => name))
}

/** The operation a name was made from; see namesOf in lib/runner/names.ts. */
export function operationOf(name: ContainerName): number {
  const id = Number(name.split('-')[2])
  return Number.isSafeInteger(id) ? id : Number.NaN
}
