'use client'

import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { TextField } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'

export type ShownPlace = { name: string; folder: string }

const placesMax = 20

/** Besides the one that every local stack has. */
export function PlaceFields({ name, stored }: { name: string; stored: ShownPlace[] }) {
  const [places, setPlaces] = useState(() => stored.map((place, key) => ({ key, ...place })))
  const add = () => setPlaces([...places, { key: Math.max(-1, ...places.map(({ key }) => key)) + 1, name: '', folder: '' }])
  const remove = (key: number) => setPlaces(places.filter((place) => place.key !== key))
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 text-[0.9rem] font-medium">Places</legend>
      <p className="text-[0.85rem] text-soft">Folders where databases can keep their data, each of which may be a disk of its own, besides the one below Davit’s own folder. A place can be taken away here once no database and no backup is there.</p>
      {places.map(({ key, name: called, folder }, index) => (
        <div key={key} className="flex items-start gap-2">
          <TextField className="w-32 shrink-0 sm:w-44" name={`${name}.${index}.name`} label={`Place ${index + 1}`} defaultValue={called} placeholder="fast" required />
          <TextField className="flex-1" name={`${name}.${index}.folder`} label="Folder" defaultValue={folder} placeholder="/mnt/fast" required mono />
          <Button look="quiet" className="mt-[1.65rem] px-2" aria-label={`Remove place ${index + 1}`} onClick={() => remove(key)}><X className="size-4" aria-hidden="true" /></Button>
        </div>
      ))}
      {places.length < placesMax && <div><Button look="quiet" className="-ml-2 px-2" onClick={add}><Plus className="size-4" aria-hidden="true" /> A place</Button></div>}
    </fieldset>
  )
}
