'use client'

import type { Result } from '#lib/action.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import type { Needs } from '#components/ui/needs.tsx'
import { ActionForm } from './action-form.tsx'
import { NoteField } from './note-field.tsx'
import { Submit } from './submit.tsx'

type Props = {
  /** The form's name, and what its button says unless `submit` does. */
  label: string
  trigger?: React.ReactNode
  submit?: string
  look?: 'main' | 'quiet'
  needs: Needs
  title: string
  action: (form: FormData) => Promise<Result>
  /** What it is about: sent with the form, and not to be seen in it. */
  about: Record<string, string | number>
  /** Said while the answer takes longer than a moment. */
  meanwhile?: string
  children?: React.ReactNode
}

/** A button, and the form that it opens: with a note, and the button that begins the operation. */
export function OperationDialog({ label, trigger = label, submit = label, look, needs, title, action, about, meanwhile, children }: Props) {
  return (
    <Dialog trigger={trigger} look={look} needs={needs} title={title}>
      {() => (
        <ActionForm action={action} label={label}>
          {Object.entries(about).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)}
          {children}
          <NoteField />
          <div><Submit meanwhile={meanwhile}>{submit}</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}
