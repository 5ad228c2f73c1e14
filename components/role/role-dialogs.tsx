'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { createRole, removeRole, renameRole } from './actions.ts'

type Role = { id: number; name: string; members: number | null }

export function CreateRoleDialog() {
  return (
    <Dialog trigger="New role" look="main" needs="owner" title="New role">
      {(close) => (
        <ActionForm action={createRole} onDone={close} label="New role">
          <TextField name="name" label="Name" hint="What people call those who have it, such as developers." required autoFocus />
          <div><Submit>Create the role</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function RenameRoleDialog({ role }: { role: Role }) {
  return (
    <Dialog trigger="Rename" look="quiet" needs="owner" title={`Rename ${role.name}`}>
      {(close) => (
        <ActionForm action={renameRole} onDone={close} label="Rename the role">
          <input type="hidden" name="role" value={role.id} />
          <TextField name="name" label="Name" defaultValue={role.name} required autoFocus />
          <div><Submit>Rename the role</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function RemoveRoleDialog({ role }: { role: Role }) {
  return (
    <Dialog trigger="Remove" look="quiet" needs="owner" title={`Remove ${role.name}?`}>
      {(close) => (
        <ActionForm action={removeRole} onDone={close} label="Remove the role">
          <input type="hidden" name="role" value={role.id} />
          <p>{role.members ? `Whoever has it (${role.members}) loses at once what it gives.` : 'Nobody has it.'}</p>
          <div><Submit look="danger">Remove the role</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
