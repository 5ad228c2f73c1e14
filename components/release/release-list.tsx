import Link from 'next/link'
import { shown } from '#components/shell/shown.ts'
import { Empty } from '#components/ui/empty.tsx'
import { Instant } from '#components/ui/instant.tsx'
import { Older } from '#components/ui/older.tsx'
import { listReleases } from '#lib/release/queries.ts'
import { shortRef, shortVersion } from '#lib/release/short-version.ts'

type Props = { appId: number; current: number | null; before: number | null }

export async function ReleaseList({ appId, current, before }: Props) {
  const { rows, more } = await shown((actor) => listReleases(actor, appId, before))
  const last = rows.at(-1)
  if (rows.length === 0) return <Empty title="There is no release yet.">Each deploy, configure, scale, restart and rollback makes one.</Empty>
  return (
    <div className="flex flex-col gap-3">
      <ol aria-label="Releases" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
        {rows.map((release) => (
          <li key={release.id} className="grid grid-cols-[3rem_minmax(0,1fr)] items-baseline gap-x-4 px-4 py-2.5 sm:grid-cols-[3rem_minmax(0,1fr)_auto]">
            <span className="font-medium tabular-nums">{release.number}</span>
            <div className="min-w-0">
              <Link href={`/operations/${release.operationId}`} prefetch={false} className="font-medium hover:underline [overflow-wrap:anywhere]">{release.operationTitle}</Link>
              <p className="text-[0.9rem] text-soft">
                <span className="font-mono">{shortVersion(release.image.version)}</span> ({shortRef(release.image.ref)}) · {formation(release.formation)}
              </p>
            </div>
            <p className="text-[0.9rem] text-soft max-sm:col-start-2 sm:text-right">
              {release.id === current && <b className="font-semibold text-ok">in force</b>}
              {release.discardedAt && 'discarded'}
              {(release.id === current || release.discardedAt) && <br className="max-sm:hidden" />} <Instant at={release.createdAt.toISOString()} /> · {release.actorName}
            </p>
          </li>
        ))}
      </ol>
      <Older href={`/apps/${appId}/releases`} paged={before !== null} before={more && last ? last.number : null} />
    </div>
  )
}

const formation = (counts: Record<string, number>) => Object.entries(counts).map(([service, count]) => `${service} ${count}`).join(', ')
