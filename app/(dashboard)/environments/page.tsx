import type { Metadata } from 'next'
import { CreateEnvironmentDialog } from '#components/environment/environment-forms.tsx'
import { GoneEnvironments } from '#components/environment/gone-environments.tsx'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { shown } from '#components/shell/shown.ts'
import { counted } from '#components/ui/counted.ts'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { listEnvironments } from '#lib/environment/queries.ts'
import { listStacks } from '#lib/stack/queries.ts'

export const metadata: Metadata = { title: 'Environments' }

export default async function EnvironmentsPage() {
  const environments = await shown(listEnvironments)
  const owner = await shown(async (actor) => actor.owner)
  const stacks = (await shown(async (actor) => (actor.owner ? await listStacks(actor) : []))).map(({ id, handle, strategy }) => ({ id, handle, strategy }))
  return (
    <>
      <LiveRefresh />
      <PageHead title="Environments" actions={<CreateEnvironmentDialog stacks={stacks} owner={owner} />}><p className="text-soft">Groups of apps and databases, each on a stack.</p></PageHead>
      {environments.length === 0 && !owner && <Empty title="You may not see any environment yet.">An owner can give you a role in one.</Empty>}
      {environments.length === 0 && owner && <Empty title="There is no environment yet.">{stacks.length > 0 ? 'Create one, for example “production”; apps live in it.' : 'Create a stack first; environments run on it.'}</Empty>}
      {environments.length > 0 && (
        <List label="Environments">
          {environments.map(({ id, handle, holds, stackHandle }) => <ListRow key={id} href={`/environments/${id}`} name={handle} aside={holds === null ? 'needs read' : [counted(holds.apps, 'app'), holds.databases > 0 && counted(holds.databases, 'database')].filter(Boolean).join(', ')}>on {stackHandle}</ListRow>)}
        </List>
      )}
      {owner && <GoneEnvironments />}
    </>
  )
}
