'use client'

import { useState } from 'react'
import type { Result } from '#lib/action.ts'
import { ActionForm } from './action-form.tsx'
import { TextField } from './field.tsx'
import { NoteField } from './note-field.tsx'
import { Submit } from './submit.tsx'

type Props = {
  action: (form: FormData) => Promise<Result>
  /** The field that holds the id, and the id. */
  name: string
  id: number
  handle: string
  what: string
  verb?: string
  children: React.ReactNode
}

/** The handle is typed by hand: nothing of this kind happens by a slip. */
export function DeprovisionForm({ action, name, id, handle, what, verb = 'Deprovision', children }: Props) {
  const [typed, setTyped] = useState('')
  return (
    <ActionForm action={action} label={`${verb} the ${what}`}>
      <input type="hidden" name={name} value={id} />
      <div className="text-[0.93rem]">{children}</div>
      <TextField name="confirm" label={`Type ${handle} to confirm`} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <NoteField />
      <div><Submit look="danger" needs="destroy" disabled={typed !== handle}>{verb} the {what}</Submit></div>
    </ActionForm>
  )
}
