import { BackupList } from '#components/database/backup-list.tsx'
import { readDatabase } from '#components/database/read-database.ts'

type Props = { params: Promise<{ database: string }>; searchParams: Promise<{ before?: string | string[] }> }

export default async function BackupsPage({ params, searchParams }: Props) {
  const before = Number((await searchParams).before) || null
  return <BackupList database={await readDatabase((await params).database)} before={before} />
}
