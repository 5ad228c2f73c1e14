import { DatabaseHead } from '#components/database/database-head.tsx'
import { readDatabase } from '#components/database/read-database.ts'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { Access } from '#components/shell/access.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

type Props = { params: Promise<{ database: string }>; children: React.ReactNode }

const names = ['Backups', 'Activity', 'Settings']
const kept = ['Backups', 'Activity']

export default async function DatabaseLayout({ params, children }: Props) {
  const database = await readDatabase((await params).database)
  const base = `/databases/${database.id}`
  const all = [{ href: base, name: 'Overview' }, ...names.map((name) => ({ href: `${base}/${name.toLowerCase()}`, name }))]
  const tabs = database.deprovisionedAt ? all.filter(({ name }) => kept.includes(name)) : all
  return (
    <Access environment={database.environment.id}>
      <LiveRefresh everyMs={5000} />
      <DatabaseHead database={database} />
      <Tabs label="Of the database" tabs={tabs} />
      <div className="pt-5">{children}</div>
    </Access>
  )
}
