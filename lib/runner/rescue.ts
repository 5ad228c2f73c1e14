import type { Sql } from '../db/client.ts'

/** Declares runners dead whose lease has expired by the db's clock. */
export async function declareDead(sql: Sql, ownId: string): Promise<void> {
  await sql`
    with gone as (
      update runners set state = case state when 'draining' then 'stopped' else 'dead' end
      where state in ('live', 'draining') and lease_expires_at < clock_timestamp() and id <> ${ownId} returning id
    ) select ${readAgain(sql)} from gone`
}

/** What it committed last it may not have told of: whoever reads the db reads it again. */
const readAgain = (sql: Sql) => sql`pg_notify('davit_operations', '0')`

/**
 * Frees what runners had that are no more: every such runner's, and not only of those found now, because a
 * claim that was under way when its runner died is committed after it. A row that is locked is left for
 * the next time, so that one transaction of a runner that was stopped in the middle holds up nobody else.
 * What a runner had that was on its way out does not count as a death.
 */
export async function freeOrphans(sql: Sql): Promise<number> {
  const freed = await sql`
    with orphans as (
      select o.id, r.state from operations o join runners r on r.id = o.runner_id
      where r.state in ('dead', 'stopped') and o.status in ('running', 'rolling_back')
      order by o.id for no key update of o skip locked
    )
    update operations o set runner_id = null, fence = nextval('operation_fence'), claims = claims - (orphans.state = 'stopped')::int
    from orphans where o.id = orphans.id
    returning o.id`
  if (freed.length > 0) await sql`select pg_notify('davit_ready', '')`
  return freed.length
}

/** The former runner of that name cannot be running beside its successor, so its lease need not be waited for. */
export async function replaceFormer(sql: Sql, name: string, ownId: string): Promise<void> {
  await sql`
    with gone as (
      update runners set state = case state when 'draining' then 'stopped' else 'dead' end
      where name = ${name} and id <> ${ownId} and state in ('live', 'draining') returning id
    ) select ${readAgain(sql)} from gone`
}

/**
 * Operations that wait although nothing is in their way. The hand-on makes this impossible, so each is
 * a defect worth a loud line; users need not wait for its repair.
 */
export async function wakeForgotten(sql: Sql): Promise<number[]> {
  return sql.begin(async (tx) => {
    // Looked for before anything is locked: an end hands on by these rows, and would wait for each that is held here.
    const waiting = await tx<{ id: string }[]>`
      with oldest as (
        select id from operations o where status = 'queued' and not exists (select from holds where operation_id = o.id and state = 'held') and queued_at < clock_timestamp() - interval '5 seconds' order by id limit 200
      ), forgotten as (
        select id from oldest where not exists (
          select from holds mine join holds theirs on theirs.resource_id = mine.resource_id and theirs.state <> 'released' and theirs.operation_id <> mine.operation_id
          where mine.operation_id = oldest.id and (theirs.position < mine.position or theirs.state = 'held') and (theirs.mode = 'exclusive' or mine.mode = 'exclusive'))
      )
      select id from operations where id in (select id from forgotten) and status = 'queued'
      order by id for no key update skip locked`
    const woken: number[] = []
    for (const { id } of waiting) {
      const [row] = await tx<{ granted: boolean }[]>`
        select granted, case when granted then pg_notify('davit_ready', '') end from grant_holds(${id}) as granted`
      if (row?.granted) woken.push(Number(id))
    }
    return woken
  }) as Promise<number[]>
}
