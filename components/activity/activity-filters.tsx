'use client'

import { Download, Search, SlidersHorizontal } from 'lucide-react'
import { usePathname, useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Button } from '#components/ui/button.tsx'
import { eventKinds } from '#lib/activity/event-kinds.ts'
import { rollbacks, sources, statuses } from '#lib/activity/statuses.ts'
import { InstantInput } from './instant-input.tsx'

const pauseMs = 300
const control = 'input min-h-8 py-1 text-[0.9rem]'
const rarer = ['kind', 'rollback', 'source', 'actor', 'resource', 'from', 'to']
const instants = ['from', 'to']

type Props = {
  types: string[]
  /** As the address has them. */
  values: Record<string, string>
  /** What the page is of, for the export. */
  of: string
}

/** The address holds the filter, so that a filtered list can be sent to somebody. */
export function ActivityFilters({ types, values, of }: Props) {
  const router = useRouter()
  const path = usePathname()
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [open, setOpen] = useState(false)
  const [pending, startTransition] = useTransition()
  useEffect(() => () => clearTimeout(timer.current), [])
  // The address may change by another hand: the chart, a link, the way back. What somebody types in is left alone.
  useEffect(() => {
    for (const field of form.current?.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]') ?? []) {
      if (field === document.activeElement || instants.includes(field.name)) continue
      field.value = values[field.name] ?? ''
      // A choice that does not exist is none.
      if (field.value !== values[field.name]) field.value = ''
    }
  }, [values])

  const go = (query: string) => {
    clearTimeout(timer.current)
    startTransition(() => router.replace(query ? `${path}?${query}` : path, { scroll: false }))
  }
  const apply = () => form.current && go(new URLSearchParams(givenIn(form.current)).toString())
  const clear = () => {
    form.current?.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]').forEach((field) => (field.value = ''))
    go('')
  }
  const applySoon = () => {
    clearTimeout(timer.current)
    // Words are searched from three letters on: until then one is still writing.
    if (form.current && !tooShort(new FormData(form.current).get('q'))) timer.current = setTimeout(apply, pauseMs)
  }
  const given = Object.keys(values).length
  const hidden = Object.keys(values).filter((name) => rarer.includes(name)).length
  const address = new URLSearchParams([...new URLSearchParams(of), ...Object.entries(values)]).toString()
  return (
    <form ref={form} role="search" aria-label="Filter the activity" aria-busy={pending} onSubmit={(event) => { event.preventDefault(); apply() }} className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <label className="input flex min-h-8 min-w-48 flex-1 items-center gap-2 py-1 text-[0.9rem] focus-within:outline-2 focus-within:outline-accent">
          <Search className="size-4 shrink-0 text-soft" aria-hidden="true" />
          <span className="sr-only">Search by id, handle or note</span>
          <input type="search" name="q" defaultValue={values.q} onChange={applySoon} placeholder="Id, handle, or words of the note" className="w-full min-w-0 bg-transparent outline-none placeholder:text-soft" />
        </label>
        <select name="type" aria-label="Type" defaultValue={values.type ?? ''} onChange={apply} className={`${control} w-auto max-w-full`}>
          <option value="">Every type</option>
          <optgroup label="Operations">{types.map((type) => <option key={type}>{type}</option>)}</optgroup>
          <optgroup label="Access and other events">{eventKinds.map((kind) => <option key={kind}>{kind}</option>)}</optgroup>
        </select>
        <Choice name="status" label="Status" every="Every status" value={values.status} options={statuses} onChange={apply} />
        {given > 0 && <Button look="quiet" onClick={clear}>Clear</Button>}
        <a href={`/api/activity/export?${address}`} download className="inline-flex min-h-8 items-center gap-1.5 rounded-md border border-edge bg-surface px-3 py-1 text-[0.9rem] font-medium hover:bg-sunken">
          <Download className="size-4" aria-hidden="true" /> CSV<span className="sr-only"> of this activity</span>
        </a>
      </div>
      <details open={open || hidden > 0} onToggle={(event) => setOpen(event.currentTarget.open)} className="group">
        <summary className="inline-flex min-h-8 items-center gap-1.5 rounded-md px-1 text-[0.9rem] text-soft hover:text-ink">
          <SlidersHorizontal className="size-4" aria-hidden="true" /> More filters{hidden > 0 && ` (${hidden})`}
        </summary>
        <div className="grid grid-cols-2 gap-2 pt-1 md:grid-cols-4 xl:grid-cols-[repeat(5,minmax(0,1fr))_repeat(2,minmax(15rem,auto))]">
          <Choice name="kind" label="Kind" every="Every kind" value={values.kind} options={['operation', 'access']} onChange={apply} />
          <Choice name="rollback" label="Outcome of the rollback" every="Any rollback" value={values.rollback} options={rollbacks} onChange={apply} />
          <Choice name="source" label="Source" every="Every source" value={values.source} options={sources} onChange={apply} />
          <input name="actor" aria-label="Actor" placeholder="Actor" defaultValue={values.actor} onChange={applySoon} className={control} />
          <input name="resource" aria-label="Resource" placeholder="Resource" defaultValue={values.resource} onChange={applySoon} className={control} />
          <InstantInput name="from" label="From" value={values.from} onChange={applySoon} className={`${control} col-span-2 xl:col-span-1`} />
          <InstantInput name="to" label="Until" value={values.to} onChange={applySoon} className={`${control} col-span-2 xl:col-span-1`} />
        </div>
      </details>
    </form>
  )
}

type ChoiceProps = { name: string; label: string; every: string; value: string | undefined; options: readonly string[]; onChange: () => void }

function Choice({ name, label, every, value, options, onChange }: ChoiceProps) {
  return (
    <select name={name} aria-label={label} defaultValue={value ?? ''} onChange={onChange} className={`${control} ${name === 'status' ? 'w-auto' : ''}`}>
      <option value="">{every}</option>
      {options.map((option) => <option key={option} value={option}>{option.replace('_', ' ')}</option>)}
    </select>
  )
}

const tooShort = (words: FormDataEntryValue | null) => typeof words === 'string' && /^\D{1,2}$/.test(words.trim())

/** What is filled in. Instants go into the address as such, so that they mean the same in every zone. */
function givenIn(form: HTMLFormElement): [string, string][] {
  return [...new FormData(form)].flatMap(([name, value]): [string, string][] => {
    if (typeof value !== 'string' || value.trim() === '') return []
    return [[name, instants.includes(name) ? new Date(value).toISOString() : value.trim()]]
  })
}
