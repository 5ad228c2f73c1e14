import { redirect } from 'next/navigation'
import { AppList } from '#components/app/app-list.tsx'
import { DatabaseList } from '#components/database/database-list.tsx'
import { GoneDatabases } from '#components/database/gone-databases.tsx'
import { afterOf } from '#components/environment/after-of.ts'
import { readEnvironment } from '#components/environment/read-environment.ts'
import { Section } from '#components/ui/section.tsx'

type Props = { params: Promise<{ environment: string }>; searchParams: Promise<{ apps?: string | string[]; databases?: string | string[] }> }

export default async function EnvironmentPage({ params, searchParams }: Props) {
  const { id, deprovisionedAt, stackDriver } = await readEnvironment((await params).environment)
  if (deprovisionedAt) redirect(`/environments/${id}/activity`)
  const after = afterOf(await searchParams)
  return (
    <div className="flex flex-col gap-7">
      <Section id="apps" title="Apps"><AppList environmentId={id} driver={stackDriver} after={after} /></Section>
      <DatabaseList environmentId={id} after={after} />
      <GoneDatabases environmentId={id} />
    </div>
  )
}
