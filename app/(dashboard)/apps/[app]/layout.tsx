import { AppHead } from '#components/app/app-head.tsx'
import { readApp } from '#components/app/read-app.ts'
import { Tabbed } from '#components/shell/tabbed.tsx'

type Props = { params: Promise<{ app: string }>; children: React.ReactNode }

const names = ['Overview', 'Containers', 'Releases', 'Configuration', 'Endpoints', 'Activity', 'Settings']

export default async function AppLayout({ params, children }: Props) {
  const app = await readApp((await params).app)
  return (
    <Tabbed label="Of the app" environment={app.environment.id} base={`/apps/${app.id}`} names={app.deprovisionedAt ? ['Activity'] : names} head={<AppHead app={app} />}>
      {children}
    </Tabbed>
  )
}
