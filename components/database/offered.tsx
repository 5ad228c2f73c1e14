'use client'

import { PlaceField } from './place-field.tsx'
import { SizeField } from './size-field.tsx'
import { useOffer } from './use-offer.ts'

type Of = { environmentId: number; type: string }

type PlacesProps = { database: Of; label?: string; hint?: string; now?: string }

/** Places of the stack that a database is on, with what is free there. */
export function OfferedPlaces({ database, ...rest }: PlacesProps) {
  const { data, error } = useOffer(database.environmentId)
  if (error) return <p className="text-[0.9rem] text-warn">Its places cannot be read now: {error.message}</p>
  return data ? <PlaceField places={data.places} {...rest} /> : <p className="text-[0.9rem] text-soft">Looking up its places …</p>
}

type SizeProps = { database: Of; name: 'memoryMb' | 'volumeMb'; label: string; now: number }

/** A field from the beginning; what its type needs at least is added once it is known. */
export function OfferedSize({ database, name, ...rest }: SizeProps) {
  const { data } = useOffer(database.environmentId)
  const least = data?.types.find((type) => type.name === database.type)?.[name].least
  return <SizeField name={name} size={least === undefined ? undefined : { least }} more={name === 'volumeMb' ? data?.sizes : undefined} {...rest} />
}
