import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { Access } from './access.tsx'

type Props = { environment: number; label: string; base: string; names: string[]; head: React.ReactNode; children: React.ReactNode }

/** What lives in an environment: its head, and its pages, which look like tabs. The overview is at its own address, each other below it. */
export function Tabbed({ environment, label, base, names, head, children }: Props) {
  const tabs = names.map((name) => ({ name, href: name === 'Overview' ? base : `${base}/${name.toLowerCase()}` }))
  return (
    <Access environment={environment}>
      <LiveRefresh everyMs={5000} />
      {head}
      <Tabs label={label} tabs={tabs} />
      <div className="pt-5">{children}</div>
    </Access>
  )
}
