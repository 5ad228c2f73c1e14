'use client'

import { useEffect, useState } from 'react'
import { formatDuration } from './duration.ts'

type Props = { from: string; to: string | null; /** What the server's clock said when `from` was read. */ now: string; every?: number }

/** A duration that goes on until `to` is known, by the server's clock: the reader's may be wrong. */
export function Ticking({ from, to, now, every = 100 }: Props) {
  const ms = useElapsed(from, to, now, every)
  return <span className="whitespace-nowrap">{formatDuration(ms)}</span>
}

export function useElapsed(from: string, to: string | null, now: string, every = 100): number {
  const [{ at, skew }, setTick] = useState({ at: Date.parse(now), skew: 0 })
  useEffect(() => {
    if (to !== null) return
    const ahead = Date.now() - Date.parse(now)
    const timer = setInterval(() => setTick({ at: Date.now(), skew: ahead }), every)
    return () => clearInterval(timer)
  }, [to, now, every])
  return (to === null ? Math.max(at - skew, Date.parse(now)) : Date.parse(to)) - Date.parse(from)
}
