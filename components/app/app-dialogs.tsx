'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { SourceKind } from '#lib/drivers/kinds.ts'
import { deployApp, restartApp } from './actions.ts'

export type AppBrief = { id: number; handle: string; ref: string; source: SourceKind; strategy: string; strategyFrom: string }

export function DeployDialog({ app }: { app: AppBrief }) {
  return (
    <Dialog trigger="Deploy" look="main" needs="deploy" title={`Deploy ${app.handle}`}>
      {() => (
        <ActionForm action={deployApp} label="Deploy">
          <input type="hidden" name="app" value={app.id} />
          <TextField name="ref" label={app.source.ref.label} defaultValue={app.ref} required mono />
          <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
          <NoteField />
          <Submit meanwhile={app.source.looking}>Deploy</Submit>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function RestartDialog({ app }: { app: AppBrief }) {
  return (
    <Dialog trigger="Restart" needs="operate" title={`Restart ${app.handle}`}>
      {() => (
        <ActionForm action={restartApp} label="Restart">
          <input type="hidden" name="app" value={app.id} />
          <p>A new release with the same image, configuration and formation takes the place of the current one.</p>
          <StrategyField inherited={app.strategy} inheritedFrom={app.strategyFrom} />
          <NoteField />
          <div><Submit>Restart</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
