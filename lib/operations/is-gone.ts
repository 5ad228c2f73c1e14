import { sql } from 'drizzle-orm'
import { db } from '../db/client.ts'

interface Asked {
  type: string
  resourceId: number
  appId: number | null
  environmentId: number | null
  stackId: number | null
}

/** Whether what an operation was on, or what that belongs to, has been deprovisioned; a provision makes its resource anew. For reads that have asked whether the actor may see it. */
export async function isGone({ type, resourceId, appId, environmentId, stackId }: Asked): Promise<boolean> {
  const around = [appId, environmentId, stackId].filter((id) => id !== null && id !== resourceId)
  const ids = `{${(type === 'provision' ? around : [resourceId, ...around]).join(',')}}`
  const [row] = await db.execute<{ gone: boolean }>(sql`
    select exists (
      select from (select id, deprovisioned_at from apps union all select id, deprovisioned_at from endpoints
        union all select id, deprovisioned_at from databases
        union all select id, deprovisioned_at from environments union all select id, deprovisioned_at from stacks) one
      where id = any(${ids}::bigint[]) and deprovisioned_at is not null) as gone`)
  return row?.gone ?? false
}
