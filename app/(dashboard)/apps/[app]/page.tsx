import { redirect } from 'next/navigation'
import { AppOverview } from '#components/app/app-overview.tsx'
import { readApp } from '#components/app/read-app.ts'

type Props = { params: Promise<{ app: string }> }

export default async function AppPage({ params }: Props) {
  const app = await readApp((await params).app)
  if (app.deprovisionedAt) redirect(`/apps/${app.id}/activity`)
  return <AppOverview app={app} />
}
