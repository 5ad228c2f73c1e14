import { readEnvironment } from '#components/environment/read-environment.ts'
import { Reports } from '#components/report/reports.tsx'

type Props = { params: Promise<{ environment: string }> }

export default async function EnvironmentReportsPage({ params }: Props) {
  const { id, deprovisionedAt } = await readEnvironment((await params).environment)
  return <Reports environmentId={id} live={deprovisionedAt === null} />
}
