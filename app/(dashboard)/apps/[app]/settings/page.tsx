import { updateApp } from '#components/app/actions.ts'
import { AppForm } from '#components/app/app-form.tsx'
import { AppGone } from '#components/app/app-gone.tsx'
import { DeprovisionApp } from '#components/app/deprovision-app.tsx'
import { readApp } from '#components/app/read-app.ts'
import { Panel } from '#components/ui/panel.tsx'

type Props = { params: Promise<{ app: string }> }

export default async function AppSettingsPage({ params }: Props) {
  const { id, handle, from, ref, buildCommand, sources, stack, deprovisionedAt } = await readApp((await params).app)
  if (deprovisionedAt) return <AppGone id={id} />
  const app = { handle, from, ref, buildCommand, sources }
  return (
    <div className="flex max-w-2xl flex-col gap-5">
      <Panel title="Settings"><div className="p-4"><AppForm key={JSON.stringify(app)} action={updateApp} owner={{ name: 'app', id }} driver={stack.driver} app={app} submit="Save" /></div></Panel>
      <Panel title="Deprovision"><div className="p-4"><DeprovisionApp id={id} handle={handle} /></div></Panel>
    </div>
  )
}
