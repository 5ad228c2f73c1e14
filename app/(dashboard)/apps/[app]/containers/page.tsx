import { AppGone } from '#components/app/app-gone.tsx'
import { readApp } from '#components/app/read-app.ts'
import { Containers } from '#components/service/containers.tsx'
import { shown } from '#components/shell/shown.ts'
import { listContainers } from '#lib/service/queries.ts'

type Props = { params: Promise<{ app: string }> }

export default async function ContainersPage({ params }: Props) {
  const { id, deprovisionedAt } = await readApp((await params).app)
  if (deprovisionedAt) return <AppGone id={id} />
  const containers = await shown((actor) => listContainers(actor, id))
  return <Containers appId={id} first={containers} now={new Date().toISOString()} />
}
