import type { Metadata } from 'next'
import { strategyName } from '#components/form/strategy-name.ts'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { shown } from '#components/shell/shown.ts'
import { CreateStackDialog } from '#components/stack/stack-forms.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { List, ListRow } from '#components/ui/list-row.tsx'
import { PageHead } from '#components/ui/page-head.tsx'
import { counted } from '#components/ui/counted.ts'
import { kindOf } from '#lib/drivers/kinds.ts'
import { listStacks } from '#lib/stack/queries.ts'

export const metadata: Metadata = { title: 'Stacks' }

export default async function StacksPage() {
  const stacks = await shown(listStacks)
  return (
    <>
      <LiveRefresh />
      <PageHead title="Stacks" actions={<CreateStackDialog />}><p className="text-soft">Where environments run.</p></PageHead>
      {stacks.length === 0 && <Empty title="There is no stack yet.">Create one; environments and their apps run on it.</Empty>}
      {stacks.length > 0 && (
        <List label="Stacks">
          {stacks.map(({ id, handle, driver, strategy, environments }) => (
            <ListRow key={id} href={`/stacks/${id}`} name={handle} aside={counted(environments, 'environment')}>{kindOf(driver).name}, {strategyName(strategy)} by default</ListRow>
          ))}
        </List>
      )}
    </>
  )
}
