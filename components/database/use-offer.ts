'use client'

import { useQuery } from '@tanstack/react-query'
import { readJson } from '#components/live/read-json.ts'
import type { Offer } from '#lib/database/offer.ts'

/** Asked for when a form opens: what is free changes. */
export const useOffer = (environmentId: number) =>
  useQuery({
    queryKey: ['databases', 'offer', environmentId],
    queryFn: ({ signal }) => readJson<Offer>(`/api/environments/${environmentId}/databases/offer`, signal),
    staleTime: 0,
  })
