'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { openHints } from './hint-source.ts'

const refreshMs = 1000

/**
 * Renders the page's server components again when something has changed; at most once a second. `everyMs`: also that
 * often, while it is looked at, where a page shows what no hint tells of, such as what the router finds.
 */
export function LiveRefresh({ everyMs }: { everyMs?: number }) {
  const router = useRouter()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null
    const leave = openHints(({ kind }) => {
      if (kind === 'logs' || kind === 'activity' || kind === 'offline') return
      timer ??= setTimeout(() => {
        timer = null
        router.refresh()
      }, refreshMs)
    })
    return () => {
      leave()
      if (timer) clearTimeout(timer)
    }
  }, [router])
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(() => document.visibilityState === 'visible' && router.refresh(), everyMs)
    return () => clearInterval(timer)
  }, [router, everyMs])
  return null
}
