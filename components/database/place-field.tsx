'use client'

import { SelectField } from '#components/form/field.tsx'
import { formatBytes } from '#components/ui/bytes.ts'
import type { Offer } from '#lib/database/offer.ts'
import { megabyte } from '#lib/drivers/megabyte.ts'

type Props = { places: Offer['places']; label?: string; hint?: string; /** Where it is now, and stays unless another is chosen: then nothing is sent. */ now?: string }

/** Asked only where there is something to choose. */
export function PlaceField({ places, label = 'Place', hint, now }: Props) {
  if (places.length < 2) return null
  return (
    <SelectField name="place" label={label} hint={hint} defaultValue={now === undefined ? places.find(({ trouble }) => trouble === null)?.place : ''}>
      {places.map(({ place, trouble, freeMb }) => (
        <option key={place} value={place === now ? '' : place} disabled={trouble !== null && place !== now}>{place}{place === now && ', where it is'}: {trouble ?? `${formatBytes(freeMb * megabyte)} free`}</option>
      ))}
    </SelectField>
  )
}
