'use client'

import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import type { Result } from '#lib/action.ts'
import { SourceFields } from './source-fields.tsx'

type Props = {
  action: (form: FormData) => Promise<Result>
  /** The environment of a new app, or the app that is changed. */
  owner: { name: 'environment' | 'app'; id: number }
  app?: { handle: string; ref: string; buildCommand: string | null; sources: { url: string; credential: boolean }[] }
  submit: string
}

export function AppForm({ action, owner, app, submit }: Props) {
  return (
    <ActionForm action={action} label={submit}>
      <input type="hidden" name={owner.name} value={owner.id} />
      <TextField name="handle" label="Handle" hint={handleHint} defaultValue={app?.handle} required placeholder="storefront" />
      <SourceFields stored={app?.sources ?? []} />
      <TextField name="ref" label="Branch, tag or commit" hint="What is deployed unless something else is asked for. HEAD is the repository's own default." defaultValue={app?.ref ?? 'HEAD'} mono />
      <TextField name="buildCommand" label="Build command" hint="Optional. Run in the source tree before its first container starts." defaultValue={app?.buildCommand ?? ''} placeholder="npm ci && npm run build" mono />
      <Submit needs="deploy" meanwhile="Looking at the repository…">{submit}</Submit>
    </ActionForm>
  )
}
