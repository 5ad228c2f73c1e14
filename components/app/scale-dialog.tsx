'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { scaleApp } from './actions.ts'
import type { AppBrief } from './app-dialogs.tsx'

type Props = { app: AppBrief; services: string[]; formation: Record<string, number> }

export function ScaleDialog({ app, services, formation }: Props) {
  return (
    <Dialog trigger="Scale" needs="operate" title={`Scale ${app.handle}`}>
      {() => (
        <ActionForm action={scaleApp} label="Scale">
          <input type="hidden" name="app" value={app.id} />
          <fieldset className="grid grid-cols-2 gap-3 sm:grid-cols-3">
            <legend className="col-span-full mb-2 text-[0.9rem] text-soft">Containers per service, 0 to 100. With none, an endpoint serves its maintenance page.</legend>
            {services.map((service) => (
              <TextField key={service} name={`formation.${service}`} label={service} type="number" min={0} max={100} step={1} inputMode="numeric" defaultValue={Object.hasOwn(formation, service) ? formation[service] : 0} />
            ))}
          </fieldset>
          <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
          <NoteField />
          <div><Submit>Scale</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
