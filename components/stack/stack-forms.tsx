'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { driverKinds, kindOf } from '#lib/drivers/kinds.ts'
import { createStack, updateStack } from './actions.ts'
import { SettingFields } from './setting-fields.tsx'

export const handleHint = 'Lower-case letters, digits and hyphens, at most 64.'

export function CreateStackDialog() {
  return (
    <Dialog trigger="New stack" look="main" needs="owner" title="New stack">
      {() => <CreateStackForm />}
    </Dialog>
  )
}

function CreateStackForm() {
  const [driver, setDriver] = useState('local')
  const { about, hasEngine } = kindOf(driver)
  return (
    <ActionForm action={createStack} label="New stack">
      <TextField name="handle" label="Handle" hint={handleHint} required autoFocus />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-[0.9rem] font-medium">Driver</legend>
        <div className="flex flex-wrap gap-x-5">
          {Object.entries(driverKinds).map(([each, { name }]) => (
            <label key={each} className="flex items-center gap-2"><input type="radio" checked={driver === each} onChange={() => setDriver(each)} className="accent-accent" /> {name}</label>
          ))}
        </div>
        <p className="text-[0.85rem] text-soft">{about}</p>
      </fieldset>
      <SettingFields key={driver} driver={driver} />
      <StrategyField label="Default strategy" chosen="bluegreen" />
      <Submit meanwhile={hasEngine ? 'Asking the engine…' : undefined}>Create the stack</Submit>
    </ActionForm>
  )
}

type Stack = { id: number; handle: string; strategy: string; driver: string; shown: Record<string, unknown> }

export function StackSettings({ stack }: { stack: Stack }) {
  return (
    <ActionForm action={updateStack} label="Settings of the stack" className="max-w-xl">
      <input type="hidden" name="stack" value={stack.id} />
      <TextField name="handle" label="Handle" hint={handleHint} defaultValue={stack.handle} required />
      <SettingFields driver={stack.driver} shown={stack.shown} />
      <StrategyField label="Default strategy" chosen={stack.strategy} />
      <div><Submit needs="owner">Save</Submit></div>
    </ActionForm>
  )
}
