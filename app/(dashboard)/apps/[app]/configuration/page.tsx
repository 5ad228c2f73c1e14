import { AppConfiguration } from '#components/app/app-configuration.tsx'
import { AppGone } from '#components/app/app-gone.tsx'
import { readApp } from '#components/app/read-app.ts'

type Props = { params: Promise<{ app: string }> }

export default async function ConfigurationPage({ params }: Props) {
  const app = await readApp((await params).app)
  return app.deprovisionedAt ? <AppGone id={app.id} /> : <AppConfiguration app={app} />
}
