import { readApp } from '#components/app/read-app.ts'
import { ConfigurationEditor } from '#components/app/configuration-editor.tsx'
import { shown } from '#components/shell/shown.ts'
import { lookUpConfiguration } from '#lib/app/queries.ts'

type Props = { params: Promise<{ app: string }> }

export default async function ConfigurationPage({ params }: Props) {
  const { id, strategy, strategyFrom, release } = await readApp((await params).app)
  const configuration = await shown((actor) => lookUpConfiguration(actor, id))
  return <ConfigurationEditor key={configuration?.id} appId={id} strategy={strategy} strategyFrom={strategyFrom} deployed={release !== null} names={configuration?.names ?? []} plain={configuration?.plain ?? []} />
}
