'use client'

import { TextField } from '#components/form/field.tsx'
import { OperationDialog } from '#components/form/operation-dialog.tsx'
import { runSession } from './actions.ts'
import type { AppBrief } from './app-dialogs.tsx'

export function SessionDialog({ app, release }: { app: AppBrief; release: number }) {
  return (
    <OperationDialog label="Run a command" submit="Run it" needs={['sensitive', 'operate']} title={`Run a command in ${app.handle}`} action={runSession} about={{ app: app.id }}>
      <p className="text-soft">In a throw-away container of release {release}, with its configuration. The output is the operation’s log; what the command changes cannot be rolled back.</p>
      <TextField name="command" label="Command" placeholder="node scripts/report.js" required autoFocus mono />
    </OperationDialog>
  )
}
