import { AppGone } from '#components/app/app-gone.tsx'
import { readApp } from '#components/app/read-app.ts'
import { ConfigurationEditor } from '#components/app/configuration-editor.tsx'
import { shown } from '#components/shell/shown.ts'
import { lookUpConfiguration } from '#lib/app/queries.ts'

type Props = { params: Promise<{ app: string }> }

export default async function ConfigurationPage({ params }: Props) {
  const { id, strategy, strategyFrom, release, deprovisionedAt } = await readApp((await params).app)
  if (deprovisionedAt) return <AppGone id={id} />
  const configuration = await shown((actor) => lookUpConfiguration(actor, id))
  return <ConfigurationEditor key={configuration?.id} appId={id} strategy={strategy} strategyFrom={strategyFrom} deployed={release !== null} names={configuration?.names ?? []} plain={configuration?.plain ?? []} />
}
