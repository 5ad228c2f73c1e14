'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { NoteField } from '#components/form/note-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { runSession } from './actions.ts'
import type { AppBrief } from './app-dialogs.tsx'

export function SessionDialog({ app, release }: { app: AppBrief; release: number }) {
  return (
    <Dialog trigger="Run a command" needs={['sensitive', 'operate']} title={`Run a command in ${app.handle}`}>
      {() => (
        <ActionForm action={runSession} label="Run a command">
          <input type="hidden" name="app" value={app.id} />
          <p className="text-soft">In a throw-away container of release {release}, with its configuration. The output is the operation’s log; what the command changes cannot be rolled back.</p>
          <TextField name="command" label="Command" placeholder="node scripts/report.js" required autoFocus mono />
          <NoteField />
          <div><Submit>Run it</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
