import type { After } from '#components/environment/after-of.ts'
import { ListPages } from '#components/environment/list-pages.tsx'
import { shown } from '#components/shell/shown.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { counted } from '#components/ui/counted.ts'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { kindOf } from '#lib/drivers/kinds.ts'
import { listApps } from '#lib/app/queries.ts'
import { shortVersion } from '#lib/release/short-version.ts'

export async function AppList({ environmentId, driver, after }: { environmentId: number; driver: string; after: After }) {
  const { rows, more } = await shown((actor) => listApps(actor, environmentId, after.apps))
  if (rows.length === 0 && after.apps === null) {
    return (
      <Empty title="No app lives here yet.">
        An app comes from {kindOf(driver).sources.map(({ name }) => name.replace('A', 'a')).join(' or ')}.
        <ButtonLink look="main" needs="deploy" href={`/environments/${environmentId}/apps/new`}>New app</ButtonLink>
      </Empty>
    )
  }
  return (
    <>
      <List label="Apps">
        {rows.map(({ id, handle, ref, release, version, containers, blocked }) => (
          <ListRow key={id} href={`/apps/${id}`} name={handle} blocked={blocked} aside={release === null ? 'never deployed' : counted(containers, 'container')}>
            {release === null ? `from ${ref}` : <>release {release} at <span className="font-mono">{version && shortVersion(version)}</span></>}
          </ListRow>
        ))}
      </List>
      <ListPages environmentId={environmentId} list="apps" after={after} rows={rows} more={more} />
    </>
  )
}
