import { shown } from '#components/shell/shown.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { counted } from '#components/ui/counted.ts'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { listApps } from '#lib/app/queries.ts'

export async function AppList({ environmentId }: { environmentId: number }) {
  const apps = await shown((actor) => listApps(actor, environmentId))
  if (apps.length === 0) {
    return (
      <Empty title="No app lives here yet.">
        An app comes from a git repository with a Procfile.
        <ButtonLink look="main" needs="deploy" href={`/environments/${environmentId}/apps/new`}>New app</ButtonLink>
      </Empty>
    )
  }
  return (
    <List label="Apps">
      {apps.map(({ id, handle, ref, release, version, containers }) => (
        <ListRow key={id} href={`/apps/${id}`} name={handle} aside={release === null ? 'never deployed' : counted(containers, 'container')}>
          {release === null ? `from ${ref}` : <>release {release} at <span className="font-mono">{version?.slice(0, 7)}</span></>}
        </ListRow>
      ))}
    </List>
  )
}
