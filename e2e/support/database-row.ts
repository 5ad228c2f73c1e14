import type postgres from 'postgres'

type NewRow = { environment: number; handle: string; gone?: boolean }

/** A database, with a backup, of which there is nothing but the rows: pages show it, and nothing serves it. */
export async function makeDatabaseRow(sql: postgres.Sql, { environment, handle, gone = false }: NewRow): Promise<{ database: number; backup: number }> {
  const resource = async (kind: string) => {
    const [row] = await sql<{ id: string }[]>`insert into resources (kind, handle, environment_id) values (${kind}, ${handle}, ${environment}) returning id`
    return Number(row!.id)
  }
  const [database, backup] = [await resource('database'), await resource('backup')]
  const made = { environment_id: environment, type: 'postgresql', version: '18', image: sql.json({ id: 'none', version: '18.4' }), place: 'local', memory_mb: 256, volume_mb: 1024, credentials: 'none' }
  await sql`insert into databases ${sql({ ...made, id: database, handle, volume: `none-${database}`, deprovisioned_at: gone ? new Date() : null })}`
  const at = new Date()
  const [operation] = await sql<{ id: string }[]>`insert into operations ${sql({
    type: 'backup', status: 'succeeded', title: `Back up ${handle}`, input: sql.json({ database }), plan: sql.json([]), resource_id: database, resource_kind: 'database', resource_handle: handle,
    environment_id: environment, actor_kind: 'user', actor_name: 'Ada', source: 'dashboard', request_key: crypto.randomUUID(), started_at: at, finished_at: at,
  })} returning id`
  await sql`insert into backups ${sql({ ...made, id: backup, database_id: database, operation_id: operation!.id, volume: `none-${backup}`, bytes: 12_345_678, final: gone })}`
  return { database, backup }
}
