import Link from 'next/link'
import { shown } from '#components/shell/shown.ts'
import { formatBytes, formatMegabytes } from '#components/ui/bytes.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Older } from '#components/ui/older.tsx'
import { type DatabaseView, listBackups } from '#lib/database/queries.ts'
import { PurgeDialog, RestoreDialog } from './backup-dialogs.tsx'
import { typeName } from './type-name.ts'

type Props = { database: DatabaseView; before: number | null }

export async function BackupList({ database, before }: Props) {
  const { handle, type, environment, deprovisionedAt } = database
  const { rows, more } = await shown((actor) => listBackups(actor, database.id, before))
  const last = rows.at(-1)
  if (rows.length === 0 && before === null) return <Empty title="No backup is kept.">{deprovisionedAt ? 'Nothing can be restored of it any more.' : 'Back it up above: from a copy of all that it holds a new database is restored, also once this one is gone.'}</Empty>
  return (
    <div className="flex flex-col gap-3">
      <ol aria-label="Backups" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
        {rows.map(({ id, operationId, createdAt, bytes, place, final, version, memoryMb, volumeMb }) => {
          const brief = { id, handle, type, environmentId: environment.id, memoryMb, volumeMb, bytes, at: createdAt.toISOString() }
          return (
            <li key={id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-2.5">
              <div className="min-w-0">
                <p className="font-medium"><Link href={`/operations/${operationId}`} prefetch={false} className="hover:underline">Backup {id}</Link><span className="font-normal text-soft">, <Instant at={brief.at} /></span>{final && <span className="font-normal text-soft">, final</span>}</p>
                <p className="text-[0.9rem] text-soft [overflow-wrap:anywhere]">{formatBytes(bytes)} at {place}, of {typeName(type)} {version} on a volume of {formatMegabytes(volumeMb)}</p>
              </div>
              <div className="flex gap-2">
                <PurgeDialog backup={brief} />
                <RestoreDialog backup={brief} />
              </div>
            </li>
          )
        })}
      </ol>
      <Older href={`/databases/${database.id}/backups`} paged={before !== null} before={more && last ? last.id : null} />
    </div>
  )
}
