import { DeprovisionEnvironment, EnvironmentSettings } from '#components/environment/environment-forms.tsx'
import { EnvironmentGone } from '#components/environment/environment-gone.tsx'
import { readEnvironment } from '#components/environment/read-environment.ts'
import { Panel } from '#components/ui/panel.tsx'

type Props = { params: Promise<{ environment: string }> }

export default async function EnvironmentSettingsPage({ params }: Props) {
  const { id, handle, strategy, stackStrategy, deprovisionedAt, made } = await readEnvironment((await params).environment)
  if (deprovisionedAt) return <EnvironmentGone id={id} made={made} />
  const environment = { id, handle, strategy, stackStrategy }
  return (
    <div className="flex max-w-2xl flex-col gap-5">
      <Panel title="Settings"><div className="p-4"><EnvironmentSettings key={`${handle} ${strategy}`} environment={environment} /></div></Panel>
      <Panel title="Deprovision"><div className="p-4"><DeprovisionEnvironment environment={environment} /></div></Panel>
    </div>
  )
}
