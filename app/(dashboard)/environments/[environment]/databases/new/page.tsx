import type { Metadata } from 'next'
import { NewDatabase } from '#components/database/new-database.tsx'
import { EnvironmentGone } from '#components/environment/environment-gone.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'

export const metadata: Metadata = { title: 'New database' }

type Props = { params: Promise<{ environment: string }> }

export default async function NewDatabasePage({ params }: Props) {
  const { id, deprovisionedAt, made } = await readEnvironment((await params).environment)
  return deprovisionedAt ? <EnvironmentGone id={id} made={made} /> : <NewDatabase environmentId={id} />
}
