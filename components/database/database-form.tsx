'use client'

import { useState } from 'react'
import { ActionForm } from '#components/form/action-form.tsx'
import { SelectField, TextField } from '#components/form/field.tsx'
import { Submit } from '#components/form/submit.tsx'
import { handleHint } from '#components/stack/stack-forms.tsx'
import type { Offer } from '#lib/database/offer.ts'
import { createDatabase } from './actions.ts'
import { PlaceField } from './place-field.tsx'
import { SizeField } from './size-field.tsx'

export function DatabaseForm({ environmentId, offer }: { environmentId: number; offer: Offer }) {
  const [chosen, setChosen] = useState((offer.types.find(({ trouble }) => trouble === null) ?? offer.types[0]!).name)
  const type = offer.types.find(({ name }) => name === chosen)!
  return (
    <ActionForm action={createDatabase} label="New database">
      <input type="hidden" name="environment" value={environmentId} />
      <TextField name="handle" label="Handle" hint={handleHint} required placeholder="main" />
      <div className="grid grid-cols-2 gap-3">
        <SelectField name="type" label="Type" hint={type.trouble} value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {offer.types.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
        </SelectField>
        <SelectField key={chosen} name="version" label="Version">{type.versions.map((version) => <option key={version}>{version}</option>)}</SelectField>
      </div>
      <SizeField key={`memory of ${chosen}`} name="memoryMb" label="Memory, in MB" least={type.memoryMb.least} value={type.memoryMb.usual} />
      <SizeField key={`volume of ${chosen}`} name="volumeMb" label="Volume, in MB" least={type.volumeMb.least} value={type.volumeMb.usual} more={offer.sizes} />
      <PlaceField places={offer.places} />
      <div><Submit needs="deploy">Create the database</Submit></div>
    </ActionForm>
  )
}
