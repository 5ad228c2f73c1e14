'use client'

import { useSyncExternalStore } from 'react'

const nothing = () => () => {}

type Props = { at: string; show?: 'time' | 'date' | 'both' }

/** In the reader's zone, with UTC on hover. The server does not know the zone, so it writes UTC first. */
export function Instant({ at, show = 'both' }: Props) {
  const zone = useSyncExternalStore(nothing, () => Intl.DateTimeFormat().resolvedOptions().timeZone, () => 'UTC')
  const date = new Date(at)
  const utc = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
  return <time dateTime={at} title={utc} className="whitespace-nowrap">{format(date, zone, show)}</time>
}

function format(date: Date, timeZone: string, show: 'time' | 'date' | 'both') {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium', hour12: false }).formatToParts(date).map(({ type, value }) => [type, value]),
  )
  const day = `${parts.year}-${parts.month}-${parts.day}`
  const time = `${parts.hour}:${parts.minute}:${parts.second}`
  return show === 'time' ? time : show === 'date' ? day : `${day} ${time}`
}
