'use client'

import { ArrowUp, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { TextArea, TextField } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import type { SourceKind } from '#lib/drivers/kinds.ts'

const sourcesMax = 5

type Source = { key: number; url: string; credential: boolean }

/** The places are tried from the top; each may need a credential of its own. */
export function SourceFields({ source: { address, credential }, stored }: { source: SourceKind; stored: { url: string; credential: boolean }[] }) {
  const [sources, setSources] = useState<Source[]>(() => (stored.length > 0 ? stored : [{ url: '', credential: false }]).map((source, key) => ({ key, ...source })))
  const add = () => setSources([...sources, { key: Math.max(...sources.map(({ key }) => key)) + 1, url: '', credential: false }])
  const raise = (index: number) => setSources(sources.map((source, at) => (at === index - 1 ? sources[index]! : at === index ? sources[index - 1]! : source)))
  const remove = (key: number) => setSources(sources.filter((source) => source.key !== key))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 text-[0.9rem] font-medium">{address.legend}{sources.length > 1 && ', in order of trial'}</legend>
      {sources.map((source, index) => (
        <div key={source.key} className="flex flex-col gap-2 rounded-md border border-line p-3">
          <div className="flex items-start gap-1">
            <TextField className="flex-1" name={`sources.${index}.url`} label={sources.length > 1 ? `Place ${index + 1}` : address.label} hint={index === 0 ? address.hint : undefined} defaultValue={source.url} placeholder={address.placeholder} required />
            {index > 0 && <Button look="quiet" className="mt-[1.65rem] px-2" aria-label={`Try place ${index + 1} earlier`} onClick={() => raise(index)}><ArrowUp className="size-4" aria-hidden="true" /></Button>}
            {sources.length > 1 && <Button look="quiet" className="mt-[1.65rem] px-2" aria-label={`Remove place ${index + 1}`} onClick={() => remove(source.key)}><X className="size-4" aria-hidden="true" /></Button>}
          </div>
          <CredentialField name={`sources.${index}.credential`} kind={credential} stored={source.credential} />
        </div>
      ))}
      {sources.length < sourcesMax && <div><Button look="quiet" onClick={add}><Plus className="size-4" aria-hidden="true" /> Another place to try</Button></div>}
    </fieldset>
  )
}

function CredentialField({ name, kind: { wanted, label, hint, rows }, stored }: { name: string; kind: SourceKind['credential']; stored: boolean }) {
  const [open, setOpen] = useState(false)
  if (!open) {
    return <div><Button look="quiet" className="-ml-2 px-2" onClick={() => setOpen(true)}>{stored ? 'A credential is kept; replace it' : wanted}</Button></div>
  }
  return <TextArea name={name} label={label} hint={hint} rows={rows} mono spellCheck={false} autoComplete="off" />
}
