'use client'

import { Search } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import { useEffect, useRef, useTransition } from 'react'
import { Button } from '#components/ui/button.tsx'
import type { ActivityFilter } from '#lib/activity/schema.ts'
import { statuses } from '#lib/activity/statuses.ts'

const pauseMs = 300
const control = 'input min-h-8 w-auto py-1 text-[0.9rem]'

type Props = { types: string[]; filter: ActivityFilter }

/** The address holds the filter, so that a filtered list can be sent to somebody. */
export function ActivityFilters({ types, filter }: Props) {
  const router = useRouter()
  const path = usePathname()
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [pending, startTransition] = useTransition()
  useEffect(() => () => clearTimeout(timer.current), [])

  const apply = () => {
    clearTimeout(timer.current)
    if (!form.current) return
    const given = [...new FormData(form.current)].flatMap(([name, value]) => (typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()]] : []))
    const query = new URLSearchParams(given).toString()
    startTransition(() => router.replace(query ? `${path}?${query}` : path, { scroll: false }))
  }
  const applySoon = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(apply, pauseMs)
  }
  const clear = () => {
    form.current?.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select').forEach((input) => (input.value = ''))
    apply()
  }
  return (
    <form ref={form} role="search" aria-label="Filter the activity" aria-busy={pending} onSubmit={(event) => { event.preventDefault(); apply() }} className="flex flex-wrap items-end gap-2">
      <label className="input flex min-h-8 min-w-48 flex-1 items-center gap-2 py-1 text-[0.9rem] focus-within:outline-2 focus-within:outline-accent">
        <Search className="size-4 shrink-0 text-soft" aria-hidden="true" />
        <span className="sr-only">Search by id, handle or note</span>
        <input type="search" name="q" defaultValue={filter.q} onChange={applySoon} maxLength={200} placeholder="Id, handle, or words of the note" className="w-full min-w-0 bg-transparent outline-none placeholder:text-soft" />
      </label>
      <select name="type" aria-label="Type" defaultValue={filter.type ?? ''} onChange={apply} className={control}>
        <option value="">Every type</option>
        {types.map((type) => <option key={type}>{type}</option>)}
      </select>
      <select name="status" aria-label="Status" defaultValue={filter.status ?? ''} onChange={apply} className={control}>
        <option value="">Every status</option>
        {statuses.map((status) => <option key={status} value={status}>{status.replace('_', ' ')}</option>)}
      </select>
      <input name="actor" aria-label="Actor" placeholder="Actor" defaultValue={filter.actor} onChange={applySoon} className={`${control} w-32`} />
      <label className="flex items-center gap-1.5 text-[0.9rem] text-soft">from <input type="date" name="from" aria-label="From, in UTC" defaultValue={filter.from} onChange={apply} className={control} /></label>
      <label className="flex items-center gap-1.5 text-[0.9rem] text-soft">to <input type="date" name="to" aria-label="To, in UTC" defaultValue={filter.to} onChange={apply} className={control} /></label>
      {Object.values(filter).some((value) => value !== undefined) && <Button look="quiet" onClick={clear}>Clear</Button>}
    </form>
  )
}
