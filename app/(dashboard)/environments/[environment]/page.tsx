import { redirect } from 'next/navigation'
import { AppList } from '#components/app/app-list.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'

type Props = { params: Promise<{ environment: string }> }

export default async function EnvironmentPage({ params }: Props) {
  const { id, deprovisionedAt } = await readEnvironment((await params).environment)
  if (deprovisionedAt) redirect(`/environments/${id}/activity`)
  return <AppList environmentId={id} />
}
