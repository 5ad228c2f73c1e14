import { OctagonX } from 'lucide-react'
import Link from 'next/link'

type Props = { href: string; name: string; /** It takes no operation. */ blocked?: boolean; children?: React.ReactNode; aside?: React.ReactNode }

export function ListRow({ href, name, blocked, children, aside }: Props) {
  return (
    <li className="relative flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 px-4 py-2.5 hover:bg-sunken">
      <div className="min-w-0">
        <Link href={href} prefetch={false} className="font-medium after:absolute after:inset-0 hover:underline [overflow-wrap:anywhere]">{name}</Link>
        {children && <div className="text-[0.9rem] text-soft">{children}</div>}
      </div>
      <div className="flex flex-wrap gap-x-4 text-[0.9rem] text-soft">
        {blocked && <span className="flex gap-1.5 text-bad"><OctagonX className="h-lh w-4 shrink-0" aria-hidden="true" /> <span className="self-baseline">blocked</span></span>}
        {aside}
      </div>
    </li>
  )
}

export function List({ label, children }: { label: string; children: React.ReactNode }) {
  return <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">{children}</ul>
}
