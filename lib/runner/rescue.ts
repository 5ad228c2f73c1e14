import type { Sql } from '../db/client.ts'

/**
 * Declares runners dead whose lease has expired by the db's clock, and frees what they had. Freeing
 * looks for every runner that is not live, and not only for those found now: a claim that was under
 * way when its runner died is committed after it.
 */
export async function rescue(sql: Sql, ownId: string): Promise<number> {
  await sql`
    update runners set state = 'dead'
    where state in ('live', 'draining') and lease_expires_at < clock_timestamp() and id <> ${ownId}`
  const freed = await sql`
    update operations o set runner_id = null, fence = nextval('operation_fence')
    from runners r where r.id = o.runner_id and r.state in ('dead', 'stopped') and o.status in ('running', 'rolling_back')
    returning o.id`
  if (freed.length > 0) await sql`select pg_notify('davit_ready', '')`
  return freed.length
}

/** The former runner of that name cannot be running beside its successor, so its lease need not be waited for. */
export async function replaceFormer(sql: Sql, name: string, ownId: string): Promise<void> {
  await sql`update runners set state = 'dead' where name = ${name} and id <> ${ownId} and state in ('live', 'draining')`
}

/**
 * Operations that wait although nothing is in their way. The hand-on makes this impossible, so each is
 * a defect worth a loud line; users need not wait for its repair.
 */
export async function wakeForgotten(sql: Sql): Promise<number[]> {
  return sql.begin(async (tx) => {
    const waiting = await tx<{ id: string }[]>`
      select id from operations where status = 'queued' and not ready and queued_at < clock_timestamp() - interval '5 seconds'
      order by id limit 50 for no key update skip locked`
    const woken: number[] = []
    for (const { id } of waiting) {
      const [row] = await tx<{ granted: boolean }[]>`select grant_holds(${id}) as granted`
      if (row?.granted) woken.push(Number(id))
    }
    return woken
  }) as Promise<number[]>
}
