import { redirect } from 'next/navigation'
import { AppList } from '#components/app/app-list.tsx'
import { DatabaseList } from '#components/database/database-list.tsx'
import { GoneDatabases } from '#components/database/gone-databases.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'
import { Section } from '#components/ui/section.tsx'

type Props = { params: Promise<{ environment: string }> }

export default async function EnvironmentPage({ params }: Props) {
  const { id, deprovisionedAt, stackDriver } = await readEnvironment((await params).environment)
  if (deprovisionedAt) redirect(`/environments/${id}/activity`)
  return (
    <div className="flex flex-col gap-7">
      <Section title="Apps"><AppList environmentId={id} driver={stackDriver} /></Section>
      <DatabaseList environmentId={id} />
      <GoneDatabases environmentId={id} />
    </div>
  )
}
