import { AppHead } from '#components/app/app-head.tsx'
import { readApp } from '#components/app/read-app.ts'
import { LiveRefresh } from '#components/live/live-refresh.tsx'
import { Access } from '#components/shell/access.tsx'
import { Tabs } from '#components/ui/tabs.tsx'

type Props = { params: Promise<{ app: string }>; children: React.ReactNode }

const names = ['Containers', 'Releases', 'Configuration', 'Endpoints', 'Activity', 'Settings']

export default async function AppLayout({ params, children }: Props) {
  const app = await readApp((await params).app)
  const base = `/apps/${app.id}`
  const all = [{ href: base, name: 'Overview' }, ...names.map((name) => ({ href: `${base}/${name.toLowerCase()}`, name }))]
  const tabs = app.deprovisionedAt ? all.filter(({ name }) => name === 'Activity') : all
  return (
    <Access environment={app.environment.id}>
      <LiveRefresh everyMs={5000} />
      <AppHead app={app} />
      <Tabs label="Of the app" tabs={tabs} />
      <div className="pt-5">{children}</div>
    </Access>
  )
}
