'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { createStack, updateStack } from './actions.ts'

export const handleHint = 'Lower-case letters, digits and hyphens, at most 64.'

export function CreateStackDialog() {
  return (
    <Dialog trigger="New stack" look="main" needs="owner" title="New stack">
      {() => (
        <ActionForm action={createStack} label="New stack">
          <p className="text-soft">On the local driver, containers are processes on the machine that Davit runs on.</p>
          <TextField name="handle" label="Handle" hint={handleHint} required autoFocus />
          <StrategyField label="Default strategy" chosen="bluegreen" />
          <div><Submit>Create the stack</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

export function StackSettings({ stack }: { stack: { id: number; handle: string; strategy: string } }) {
  return (
    <ActionForm action={updateStack} label="Settings of the stack" className="max-w-md">
      <input type="hidden" name="stack" value={stack.id} />
      <TextField name="handle" label="Handle" hint={handleHint} defaultValue={stack.handle} required />
      <StrategyField label="Default strategy" chosen={stack.strategy} />
      <div><Submit needs="owner">Save</Submit></div>
    </ActionForm>
  )
}
