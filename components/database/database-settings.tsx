'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import { updateDatabase } from './actions.ts'

export function DatabaseSettings({ id, handle }: { id: number; handle: string }) {
  return (
    <ActionForm action={updateDatabase} label="Settings of the database" className="max-w-md">
      <input type="hidden" name="database" value={id} />
      <TextField name="handle" label="Handle" hint={`${handleHint} Its connection URL stays as it is.`} defaultValue={handle} required />
      <div><Submit needs="deploy">Save</Submit></div>
    </ActionForm>
  )
}
