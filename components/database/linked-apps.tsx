import Link from 'next/link'
import { Panel } from '#components/ui/panel.tsx'
import type { LinkedApp } from '#lib/database/linked-apps.ts'

export function LinkedApps({ apps }: { apps: LinkedApp[] }) {
  return (
    <Panel title="Linked apps">
      {apps.length === 0 && <p className="px-4 py-2.5 text-[0.93rem] text-soft">None. An app is linked on its Configuration tab.</p>}
      <ul aria-label="Linked apps" className="divide-y divide-line text-[0.93rem]">
        {apps.map(({ id, handle, variable }) => (
          <li key={`${id} ${variable}`} className="flex flex-wrap items-baseline justify-between gap-x-4 px-4 py-2">
            <Link href={`/apps/${id}/configuration`} prefetch={false} className="link min-w-0 [overflow-wrap:anywhere]">{handle}</Link>
            <span className="min-w-0 font-mono text-[0.85rem] text-soft [overflow-wrap:anywhere]">{variable}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
