import { BackupList } from '#components/database/backup-list.tsx'
import { readDatabase } from '#components/database/read-database.ts'

type Props = { params: Promise<{ database: string }> }

export default async function BackupsPage({ params }: Props) {
  return <BackupList database={await readDatabase((await params).database)} />
}
