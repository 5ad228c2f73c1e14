'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowUp } from 'lucide-react'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { readJson } from '#components/live/read-json.ts'
import { ButtonLink } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import type { ActivityPage } from '#lib/activity/list-activity.ts'
import { ActivityRows } from './activity-rows.tsx'
import { useReading } from './use-reading.ts'

const freshMax = 100

type Props = { query: string; first: ActivityPage; filtered: boolean }

/** The newest page moves by itself until somebody reads in it: from then on what comes is counted, and nothing moves. */
export function ActivityTable({ query, first, filtered }: Props) {
  const { list, reading, goTo, offered } = useReading()
  const live = !first.newer
  const top = live && reading !== null ? `&top=${reading}` : ''
  const { data = first } = useQuery({
    queryKey: ['list', 'activity', query, top],
    // On a page that turned out to be the newest one, a place to begin after means nothing any more.
    queryFn: ({ signal }) => readJson<ActivityPage>(`/api/activity?${top ? withoutPlace(query) : query}${top}`, signal),
    ...(top ? { placeholderData: keepPreviousData } : { initialData: first }),
  })
  useEffect(() => {
    offered.current = data.fresh > 0
  }, [data.fresh, offered])
  if (data.rows.length === 0) {
    return filtered
      ? <><Empty title={data.ofNewest ?? data.ofPeople ? 'Nothing fits this filter among those that are looked at.' : 'Nothing fits this filter.'}>Take a part of it away, or clear it.</Empty><Bounds page={data} /></>
      : <Empty title="Nothing has happened here yet.">Every change is an operation; it will be listed here from the moment somebody asks for it.</Empty>
  }
  return (
    <>
      <Bounds page={data} />
      {/* What is offered lies over the list's edge and takes no room, or the list would move. */}
      <div>
        <div role="status" className="sticky top-14 z-10 max-sm:top-24 flex h-0 justify-center">
          {data.fresh > 0 && (
            <button type="button" onClick={() => goTo(data.newest)} className="-mt-2 inline-flex h-8 items-center gap-1.5 rounded-full bg-accent px-3.5 py-1 text-[0.9rem] font-medium text-accent-ink shadow-lg">
              {data.fresh < freshMax ? data.fresh : `${freshMax - 1}+`} new <ArrowUp className="size-4" aria-hidden="true" />
            </button>
          )}
        </div>
        <div ref={list}><ActivityRows rows={data.rows} now={data.now} label="Activity" /></div>
      </div>
      <Pages page={data} />
    </>
  )
}

/** What the list leaves out because more has the name than is looked at. */
function Bounds({ page: { ofNewest, ofPeople } }: { page: ActivityPage }) {
  const [things, people] = [ofNewest?.toLocaleString('en'), ofPeople?.toLocaleString('en')]
  return (
    <>
      {things && <p className="text-[0.9rem] text-soft">More than {things} resources have such a name: only the newest {things} of them are looked at. Look in the activity of one environment, or give more of the handle, to see the rest.</p>}
      {people && <p className="text-[0.9rem] text-soft">More than {people} people have such a name or e-mail: only {people} of them are looked at. Give more of it to see the others.</p>}
    </>
  )
}

function withoutPlace(query: string) {
  const params = new URLSearchParams(query)
  params.delete('after')
  return params.toString()
}

function Pages({ page: { rows, newer, older } }: { page: ActivityPage }) {
  const path = usePathname()
  const params = useSearchParams()
  const at = (place: { before?: number; after?: number }) => {
    const next = new URLSearchParams(params)
    next.delete('before')
    next.delete('after')
    for (const [name, id] of Object.entries(place)) next.set(name, String(id))
    return next.size > 0 ? `${path}?${next}` : path
  }
  return (
    <nav aria-label="Pages" className="flex justify-between gap-2">
      <span className="flex gap-2">
        {newer && <ButtonLink href={at({})}>Newest</ButtonLink>}
        {newer && <ButtonLink href={at({ after: rows[0]!.id })}>Newer</ButtonLink>}
      </span>
      {older && <ButtonLink href={at({ before: rows.at(-1)!.id })}>Older</ButtonLink>}
    </nav>
  )
}
