'use client'

import { useQuery } from '@tanstack/react-query'
import { usePathname, useSearchParams } from 'next/navigation'
import { readJson } from '#components/live/read-json.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import type { ActivityPage } from '#lib/activity/queries.ts'
import { OperationRows } from './operation-rows.tsx'

type Props = { query: string; first: ActivityPage; filtered: boolean; before: number | undefined }

export function ActivityTable({ query, first, filtered, before }: Props) {
  const { data } = useQuery({
    queryKey: ['list', 'activity', query],
    queryFn: ({ signal }) => readJson<ActivityPage>(`/api/activity?${query}`, signal),
    initialData: first,
  })
  const path = usePathname()
  const params = useSearchParams()
  const page = (id: number | null) => {
    const next = new URLSearchParams(params)
    if (id === null) next.delete('before')
    else next.set('before', String(id))
    return `${path}?${next}`
  }
  const last = data.rows.at(-1)
  if (data.rows.length === 0) {
    return filtered
      ? <Empty title="No operation fits this filter.">Take a part of it away, or clear it.</Empty>
      : <Empty title="Nothing has happened here yet.">Every change is an operation; it will be listed here from the moment somebody asks for it.</Empty>
  }
  return (
    <>
      <OperationRows rows={data.rows} now={data.now} />
      <nav aria-label="Pages" className="flex justify-between">
        {before ? <ButtonLink href={page(null)}>Newest</ButtonLink> : <span />}
        {data.more && last && <ButtonLink href={page(last.id)}>Older</ButtonLink>}
      </nav>
    </>
  )
}
