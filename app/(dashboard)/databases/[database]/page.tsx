import { redirect } from 'next/navigation'
import { DatabaseOverview } from '#components/database/database-overview.tsx'
import { readDatabase } from '#components/database/read-database.ts'

type Props = { params: Promise<{ database: string }> }

export default async function DatabasePage({ params }: Props) {
  const database = await readDatabase((await params).database)
  if (database.deprovisionedAt) redirect(`/databases/${database.id}/backups`)
  return <DatabaseOverview database={database} />
}
