import { shown } from '#components/shell/shown.ts'
import { counted } from '#components/ui/counted.ts'
import { Instant } from '#components/ui/instant.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { goneMax, listGoneEnvironments } from '#lib/environment/queries.ts'

/** For owners, the way to the activity and the reports of environments that are gone; nothing while there is none. */
export async function GoneEnvironments() {
  const gone = await shown(listGoneEnvironments)
  if (gone.length === 0) return null
  return (
    <details className="pt-6">
      <summary className="inline-block rounded-md text-[0.9rem] text-soft underline decoration-1 underline-offset-2 hover:text-ink">
        {gone.length < goneMax ? `${counted(gone.length, 'environment')} no longer there` : `The newest ${goneMax} environments no longer there`}
      </summary>
      <div className="pt-2">
        <List label="Environments no longer there">
          {gone.map(({ id, handle, stackHandle, made, at }) => (
            <ListRow key={id} href={`/environments/${id}/activity`} name={handle} aside={<>{made ? 'deprovisioned' : 'never came to be,'} <Instant at={at.toISOString()} /></>}>was on {stackHandle}; its activity and reports are kept</ListRow>
          ))}
        </List>
      </div>
    </details>
  )
}
