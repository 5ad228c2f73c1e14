import { DatabaseHead } from '#components/database/database-head.tsx'
import { readDatabase } from '#components/database/read-database.ts'
import { Tabbed } from '#components/shell/tabbed.tsx'

type Props = { params: Promise<{ database: string }>; children: React.ReactNode }

export default async function DatabaseLayout({ params, children }: Props) {
  const database = await readDatabase((await params).database)
  const names = database.deprovisionedAt ? ['Backups', 'Activity'] : ['Overview', 'Backups', 'Activity', 'Settings']
  return (
    <Tabbed label="Of the database" environment={database.environment.id} base={`/databases/${database.id}`} names={names} head={<DatabaseHead database={database} />}>
      {children}
    </Tabbed>
  )
}
