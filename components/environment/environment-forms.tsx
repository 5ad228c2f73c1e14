'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { DeprovisionForm } from '#components/form/deprovision-form.tsx'
import { SelectField, TextField } from '#components/form/field.tsx'
import { StrategyField } from '#components/form/strategy-field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { createEnvironment, deprovisionEnvironment, updateEnvironment } from './actions.ts'

type Stack = { id: number; handle: string; strategy: string }

export function CreateEnvironmentDialog({ stacks, owner }: { stacks: Stack[]; owner: boolean }) {
  return (
    <Dialog trigger="New environment" look="main" needs="owner" title="New environment" disabled={stacks.length === 0} why={owner && stacks.length === 0 ? 'There is no stack to put it on yet' : undefined}>
      {() => (
        <ActionForm action={createEnvironment} label="New environment">
          <TextField name="handle" label="Handle" hint={handleHint} required autoFocus placeholder="staging" />
          <SelectField name="stack" label="Stack" hint="Where its apps run.">
            {stacks.map(({ id, handle }) => <option key={id} value={id}>{handle}</option>)}
          </SelectField>
          <StrategyField label="Default strategy" inherited={stacks[0]?.strategy} inheritedFrom="stack" />
          <div><Submit>Create the environment</Submit></div>
        </ActionForm>
      )}
    </Dialog>
  )
}

type Environment = { id: number; handle: string; strategy: string | null; stackStrategy: string }

export function EnvironmentSettings({ environment }: { environment: Environment }) {
  return (
    <ActionForm action={updateEnvironment} label="Settings of the environment" className="max-w-md">
      <input type="hidden" name="environment" value={environment.id} />
      <TextField name="handle" label="Handle" hint={handleHint} defaultValue={environment.handle} required />
      <StrategyField label="Default strategy" inherited={environment.stackStrategy} inheritedFrom="stack" chosen={environment.strategy} />
      <div><Submit needs="admin">Save</Submit></div>
    </ActionForm>
  )
}

export function DeprovisionEnvironment({ environment }: { environment: Environment }) {
  return (
    <DeprovisionForm action={deprovisionEnvironment} name="environment" id={environment.id} handle={environment.handle} what="environment">
      <p>Only an empty environment can be deprovisioned: deprovision its apps and databases first. Its activity and logs are kept.</p>
    </DeprovisionForm>
  )
}
