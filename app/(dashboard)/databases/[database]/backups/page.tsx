import { BackupList } from '#components/database/backup-list.tsx'
import { readDatabase } from '#components/database/read-database.ts'
import { beforeOf } from '#components/ui/before-of.ts'

type Props = { params: Promise<{ database: string }>; searchParams: Promise<{ before?: string | string[] }> }

export default async function BackupsPage({ params, searchParams }: Props) {
  return <BackupList database={await readDatabase((await params).database)} before={beforeOf(await searchParams)} />
}
