'use client'

import { useState } from 'react'
import type { Result } from '#lib/action.ts'
import { ActionForm } from './action-form.tsx'
import { TextArea, TextField } from './field.tsx'
import { Submit } from './submit.tsx'

type Props = {
  action: (form: FormData) => Promise<Result>
  /** The field that holds the id, and the id. */
  name: string
  id: number
  handle: string
  what: string
  children: React.ReactNode
}

/** The handle is typed by hand: nothing of this kind happens by a slip. */
export function DeprovisionForm({ action, name, id, handle, what, children }: Props) {
  const [typed, setTyped] = useState('')
  return (
    <ActionForm action={action} label={`Deprovision the ${what}`}>
      <input type="hidden" name={name} value={id} />
      <div className="text-[0.93rem]">{children}</div>
      <TextField name="confirm" label={`Type ${handle} to confirm`} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <TextArea name="note" label="Note" hint="Why, for those who read the activity later. Optional." rows={2} />
      <div><Submit look="danger" needs="destroy" disabled={typed !== handle}>Deprovision the {what}</Submit></div>
    </ActionForm>
  )
}
