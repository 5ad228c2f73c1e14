import type { Metadata } from 'next'
import { AppForm } from '#components/app/app-form.tsx'
import { createApp } from '#components/app/actions.ts'
import { EnvironmentGone } from '#components/environment/environment-gone.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'
import { Panel } from '#components/ui/panel.tsx'

export const metadata: Metadata = { title: 'New app' }

type Props = { params: Promise<{ environment: string }> }

export default async function NewAppPage({ params }: Props) {
  const { id, deprovisionedAt, made, stackDriver } = await readEnvironment((await params).environment)
  if (deprovisionedAt) return <EnvironmentGone id={id} made={made} />
  return (
    <Panel title="New app" className="max-w-2xl">
      <div className="p-4"><AppForm action={createApp} owner={{ name: 'environment', id }} driver={stackDriver} submit="Create the app" /></div>
    </Panel>
  )
}
