'use client'

import { ArrowUp, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { TextField } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'

export type ShownRegistry = { address: string; mirrorOf: string | null; credential: boolean }

const registriesMax = 20
const none: ShownRegistry = { address: '', mirrorOf: null, credential: false }

/** Those that stand in for the same one are asked from the top. */
export function RegistryFields({ name, stored }: { name: string; stored: ShownRegistry[] }) {
  const [registries, setRegistries] = useState(() => stored.map((registry, key) => ({ key, ...registry })))
  const add = () => setRegistries([...registries, { key: Math.max(-1, ...registries.map(({ key }) => key)) + 1, ...none }])
  const raise = (index: number) => setRegistries(registries.map((registry, at) => (at === index - 1 ? registries[index]! : at === index ? registries[index - 1]! : registry)))
  const remove = (key: number) => setRegistries(registries.filter((registry) => registry.key !== key))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 text-[0.9rem] font-medium">Registries</legend>
      <p className="text-[0.85rem] text-soft">Those that need a credential, and mirrors or pull-through caches, which are asked before the registry that they stand in for, from the top. All others need not be named.</p>
      {registries.map(({ key, address, mirrorOf, credential }, index) => (
        <div key={key} className="flex flex-col gap-2 rounded-md border border-line p-3">
          <div className="flex items-start gap-1">
            <TextField className="flex-1" name={`${name}.${index}.address`} label={`Registry ${index + 1}`} defaultValue={address} placeholder="registry.example.org:5000" required mono />
            {index > 0 && <Button look="quiet" className="mt-[1.65rem] px-2" aria-label={`Ask registry ${index + 1} earlier`} onClick={() => raise(index)}><ArrowUp className="size-4" aria-hidden="true" /></Button>}
            <Button look="quiet" className="mt-[1.65rem] px-2" aria-label={`Remove registry ${index + 1}`} onClick={() => remove(key)}><X className="size-4" aria-hidden="true" /></Button>
          </div>
          <TextField name={`${name}.${index}.mirrorOf`} label="Stands in for" hint="Left empty unless it is a mirror of another one, such as docker.io." defaultValue={mirrorOf ?? ''} mono />
          <CredentialField name={`${name}.${index}.credential`} stored={credential} />
        </div>
      ))}
      {registries.length < registriesMax && <div><Button look="quiet" className="-ml-2 px-2" onClick={add}><Plus className="size-4" aria-hidden="true" /> Add a registry</Button></div>}
    </fieldset>
  )
}

function CredentialField({ name, stored }: { name: string; stored: boolean }) {
  const hint = stored ? 'One is kept; left empty it stays. Never shown again.' : 'A token, or user:password. Encrypted at rest and never shown again. Optional.'
  return <TextField name={name} type="password" label="Credential" hint={hint} autoComplete="new-password" mono />
}
