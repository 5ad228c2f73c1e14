'use client'

import { useSyncExternalStore } from 'react'

const nothing = () => () => {}

type Props = { name: string; label: string; value: string | undefined; className: string; onChange: () => void }

/** A date and time in the reader's zone. The server does not know the zone: it leaves the field empty. */
export function InstantInput({ name, label, value, className, onChange }: Props) {
  const local = useSyncExternalStore(nothing, () => localOf(value), () => '')
  return (
    <label className={`${className} flex items-center gap-1.5 pr-1 text-soft focus-within:outline-2 focus-within:outline-accent`}>
      {label}
      <input key={local} type="datetime-local" name={name} defaultValue={local} onChange={onChange} className="min-w-0 flex-1 bg-transparent text-ink outline-none" />
    </label>
  )
}

/** 2026-02-01T14:00, as the field has it. */
function localOf(value: string | undefined): string {
  const at = new Date(value ?? '')
  if (Number.isNaN(at.getTime()) || !isOfCalendar(value ?? '')) return ''
  const pad = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`
}

/** 30 February would be read as a day in March, which nobody asked for. */
function isOfCalendar(value: string): boolean {
  const day = value.slice(0, 10)
  const midnight = Date.parse(`${day}T00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().slice(0, 10) === day
}
