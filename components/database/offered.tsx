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

type SizeProps = { database: Of; name: 'memoryMb' | 'volumeMb'; label: string; value: number; hint: string; /** More than what its type needs at least. */ least?: number }

/** A field from the beginning; what its type needs at least is added once it is known. */
export function OfferedSize({ database, name, least = 0, ...rest }: SizeProps) {
  const { data } = useOffer(database.environmentId)
  const offered = data?.types.find((type) => type.name === database.type)?.[name].least
  return <SizeField name={name} least={offered === undefined ? undefined : Math.max(offered, least)} more={name === 'volumeMb' ? data?.sizes : undefined} {...rest} />
}

/** What a resize means for its clients: that depends on the stack. */
export function ResizeWords({ database }: { database: Of }) {
  const { data } = useOffer(database.environmentId)
  const cut = data && (data.growsWhileUsed ? 'It goes on serving while it grows; to make it smaller, its clients are cut off for a moment.' : 'Its clients are cut off for a moment.')
  return <p>{cut} It never becomes smaller than what it holds.</p>
}
