'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { changePassword } from './actions.ts'

export function PasswordForm() {
  // A new form each time: what was typed does not stay on the screen.
  const [changes, setChanges] = useState(0)
  return (
    <ActionForm key={changes} action={changePassword} onDone={() => setChanges((count) => count + 1)} label="Password" className="p-4">
      <TextField name="current" label="Password now" type="password" autoComplete="current-password" required />
      <TextField name="password" label="New password" type="password" autoComplete="new-password" hint="At least 12 characters. Your other sessions end." required />
      <div><Submit>Change the password</Submit></div>
      {changes > 0 && <p role="status" className="text-[0.93rem] text-ok">It is changed, and your other sessions have ended.</p>}
    </ActionForm>
  )
}
