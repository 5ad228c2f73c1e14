import { DatabaseGone } from '#components/database/database-gone.tsx'
import { DatabaseSettings } from '#components/database/database-settings.tsx'
import { DeprovisionDatabase } from '#components/database/deprovision-database.tsx'
import { readDatabase } from '#components/database/read-database.ts'
import { Panel } from '#components/ui/panel.tsx'

type Props = { params: Promise<{ database: string }> }

export default async function DatabaseSettingsPage({ params }: Props) {
  const { id, handle, apps, deprovisionedAt } = await readDatabase((await params).database)
  if (deprovisionedAt) return <DatabaseGone id={id} />
  return (
    <div className="flex max-w-2xl flex-col gap-5">
      <Panel title="Settings"><div className="p-4"><DatabaseSettings key={handle} id={id} handle={handle} /></div></Panel>
      <Panel title="Deprovision"><div className="p-4"><DeprovisionDatabase id={id} handle={handle} apps={apps} /></div></Panel>
    </div>
  )
}
