import { shown } from '#components/shell/shown.ts'
import { counted } from '#components/ui/counted.ts'
import { Instant } from '#components/ui/instant.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { listGoneDatabases } from '#lib/database/queries.ts'
import { typeName } from './type-name.ts'

/** The way to the backups of databases that are gone; nothing while there is none. */
export async function GoneDatabases({ environmentId }: { environmentId: number }) {
  const gone = await shown((actor) => listGoneDatabases(actor, environmentId))
  if (gone.length === 0) return null
  return (
    <details>
      <summary className="inline-block rounded-md text-[0.9rem] text-soft underline decoration-1 underline-offset-2 hover:text-ink">
        {counted(gone.length, 'database')} no longer there, with backups
      </summary>
      <div className="pt-2">
        <List label="Databases no longer there">
          {gone.map(({ id, handle, type, version, backups, deprovisionedAt }) => (
            <ListRow key={id} href={`/databases/${id}/backups`} name={handle} aside={deprovisionedAt && <>deprovisioned <Instant at={deprovisionedAt.toISOString()} /></>}>{typeName(type)} {version}, {counted(backups, 'backup')}</ListRow>
          ))}
        </List>
      </div>
    </details>
  )
}
