'use client'

import { useEffect, useState } from 'react'

type Props = { at: string; now: string }

/** "4 min ago", with the instant in UTC on hover. */
export function Ago({ at, now }: Props) {
  const [shown, setShown] = useState(() => Date.parse(now))
  useEffect(() => {
    setShown(Date.now())
    const timer = setInterval(() => setShown(Date.now()), 10_000)
    return () => clearInterval(timer)
  }, [now])
  return <time dateTime={at} title={`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`} className="whitespace-nowrap">{words(shown - Date.parse(at))}</time>
}

function words(ms: number) {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`
  return `${Math.floor(minutes / 1440)} days ago`
}
