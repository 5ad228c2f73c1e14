'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import type { Result } from '#lib/action.ts'
import { kindOf, type SourceKind, sourceKindOf } from '#lib/drivers/kinds.ts'
import { SourceFields } from './source-fields.tsx'

type App = { handle: string; from: SourceKind['from']; ref: string; buildCommand: string | null; sources: { url: string; credential: boolean }[] }

type Props = {
  action: (form: FormData) => Promise<Result>
  /** The environment of a new app, or the app that is changed. */
  owner: { name: 'environment' | 'app'; id: number }
  /** Of its stack. */
  driver: string
  app?: App
  submit: string
}

export function AppForm({ action, owner, driver, app, submit }: Props) {
  const [from, setFrom] = useState(app?.from ?? kindOf(driver).sources[0].from)
  const source = sourceKindOf(driver, from)
  return (
    <ActionForm action={action} label={submit}>
      <input type="hidden" name={owner.name} value={owner.id} />
      <input type="hidden" name="from" value={from} />
      <TextField name="handle" label="Handle" hint={handleHint} defaultValue={app?.handle} required placeholder="storefront" />
      <SourceChoice driver={driver} chosen={source} choose={setFrom} />
      <SourceOf key={from} source={source} app={app?.from === from ? app : undefined} />
      <Submit needs="deploy" meanwhile={source.looking}>{submit}</Submit>
    </ActionForm>
  )
}

function SourceChoice({ driver, chosen, choose }: { driver: string; chosen: SourceKind; choose: (from: SourceKind['from']) => void }) {
  const { sources } = kindOf(driver)
  if (sources.length === 1) return null
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-[0.9rem] font-medium">It comes from</legend>
      <div className="flex flex-wrap gap-x-5">
        {sources.map(({ from, name }) => (
          <label key={from} className="flex items-center gap-2"><input type="radio" checked={chosen.from === from} onChange={() => choose(from)} className="accent-accent" /> {name}</label>
        ))}
      </div>
      <p className="text-[0.85rem] text-soft">{chosen.about}</p>
    </fieldset>
  )
}

function SourceOf({ source, app }: { source: SourceKind; app: App | undefined }) {
  return (
    <>
      <SourceFields source={source} stored={app?.sources ?? []} />
      <TextField name="ref" label={source.ref.label} hint={source.ref.hint} defaultValue={app?.ref ?? source.ref.initial} mono />
      {source.hasBuildCommand && (
        <TextField name="buildCommand" label="Build command" hint="Optional. Run in the source tree before its first container starts." defaultValue={app?.buildCommand ?? ''} placeholder="npm ci && npm run build" mono />
      )}
    </>
  )
}
