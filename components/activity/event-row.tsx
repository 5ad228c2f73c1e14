import { Container, Download, Eye, KeyRound, LogIn, LogOut, ShieldAlert, UserCog } from 'lucide-react'
import Link from 'next/link'
import { resourcePath } from '#components/operation/resource-path.ts'
import { Instant } from '#components/ui/instant.tsx'
import type { EventRow as Row } from '#lib/activity/list-activity.ts'

const shapes: [RegExp, typeof Eye][] = [
  [/failed/, ShieldAlert],
  [/signed in/, LogIn],
  [/signed out|session ended/, LogOut],
  [/shown/, Eye],
  [/downloaded|exported/, Download],
  [/container/, Container],
  [/password/, KeyRound],
]
const withPages = ['app', 'environment', 'endpoint', 'database', 'stack']

/** Activity that is no operation: what happened, to what, and what else there is to know. */
export function EventRow({ row }: { row: Row }) {
  const { id, at, type, detail, actorName, actorEmail, resourceKind, resourceId, resourceHandle, environmentHandle, operationId } = row
  const Shape = shapes.find(([words]) => words.test(type))?.[1] ?? UserCog
  const href = operationId ? `/operations/${operationId}` : resourceKind && resourceId && withPages.includes(resourceKind) ? resourcePath(resourceKind, resourceId) : null
  const what = <>{type.slice(0, 1).toUpperCase()}{type.slice(1)}{resourceHandle && <span className="text-soft"> · {resourceHandle}</span>}</>
  return (
    <li data-id={id} className="relative grid grid-cols-[minmax(0,1fr)] items-center gap-x-4 gap-y-0.5 px-4 py-1.5 text-[0.93rem] hover:bg-sunken sm:grid-cols-[9.5rem_minmax(0,1fr)_auto_1.75rem]">
      <span className="inline-flex items-center gap-1.5 text-[0.9rem] text-soft max-sm:order-2"><Shape className="size-4 shrink-0" aria-hidden="true" /> Event</span>
      <div className="min-w-0 [overflow-wrap:anywhere] max-sm:order-1">
        {href ? <Link href={href} prefetch={false} className="after:absolute after:inset-0 hover:underline">{what}</Link> : what}
        {detail && <p className="text-[0.9rem] text-soft">{detail}</p>}
      </div>
      <p className="min-w-0 text-[0.85rem] text-soft max-sm:order-3 sm:max-w-72 sm:text-right lg:max-w-[28rem]">
        <span title={actorEmail ?? undefined} className="[overflow-wrap:anywhere]">{actorName}</span>{environmentHandle && ` · ${environmentHandle}`} · <Instant at={at} />
      </p>
    </li>
  )
}
